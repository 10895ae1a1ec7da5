import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gdict import GDictFileError, load_hdf5, open_hdf5
from gdict.files.hdf5.heap import check_heaps
from gdict.files.hdf5.scan import MAX_DEPTH

CANARY = "canary"


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def refused(path: Path, match: str) -> None:
    for read in (load_hdf5, open_hdf5):
        with pytest.raises(GDictFileError, match=match):
            read(path)


def test_thousands_of_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    script = Path(__file__).with_name("hostile_files.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path, "2000"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert outcomes["refused"] > 500
    assert outcomes["read"] > 100
    assert outcomes["ours read wrongly"] == 0
    assert outcomes["slow"] == 0


def test_a_pickle_never_runs_unless_allowed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["dict_str_a/dict_str_b"] = np.void(pickle.dumps(Trap(tmp_path / CANARY)))
    refused(tmp_path / "x.h5", r"a/b: This leaf is a pickle")
    assert not (tmp_path / CANARY).exists()
    load_hdf5(tmp_path / "x.h5", allow_pickle=True)
    assert (tmp_path / CANARY).exists()


def test_links_out_of_the_file_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.arange(3)
    (tmp_path / "raw").write_bytes(b"secret12")
    makers = {
        "soft": lambda file: file.__setitem__("a/b", h5py.SoftLink("/a")),
        "external": lambda file: file.__setitem__(
            "a/b", h5py.ExternalLink(str(tmp_path / "other.h5"), "/secret")
        ),
        "raw": lambda file: file.create_dataset(
            "a/b", (8,), "u1", external=[(str(tmp_path / "raw"), 0, 8)]
        ),
    }
    for name, make in makers.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            make(file)
        refused(tmp_path / f"{name}.h5", r"a/b: ")
    layout = h5py.VirtualLayout((3,), np.int64)
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (3,))
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    refused(tmp_path / "virtual.h5", r"v: .*other files")


def test_cycles_and_depth_are_bounded(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "cycle.h5", "w") as file:
        inner = file.create_group("a/b")
        inner["again"] = file["a"]
    refused(tmp_path / "cycle.h5", r"a/b/again: .*two places")
    with h5py.File(tmp_path / "deep.h5", "w") as file:
        group = file
        for _ in range(MAX_DEPTH + 5):
            group = group.create_group("g")
    refused(tmp_path / "deep.h5", rf"deeper than {MAX_DEPTH}")


def test_hostile_names_are_only_keys(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["dict_str_.."] = np.arange(3)
        file["dict_str_a b\n"] = np.arange(4)
    data = load_hdf5(tmp_path / "x.h5")
    assert data[".."].shape == (3,)
    assert data["a b\n"].shape == (4,)
    for name in ("dict_str_", "dict_int_x"):
        with h5py.File(tmp_path / "y.h5", "w") as file:
            file[f"g/{name}"] = np.arange(3)
        refused(tmp_path / "y.h5", r"g: The name .* stands for no key")


def test_wrong_types_are_refused_with_their_path(tmp_path: Path) -> None:
    def write(make: Any) -> Path:
        with h5py.File(tmp_path / "x.h5", "w") as file:
            make(file)
        return tmp_path / "x.h5"

    refused(
        write(lambda f: f.__setitem__("g/t", np.dtype("f8"))), r"g/t: Expected a group or dataset"
    )
    refused(write(lambda f: f.create_dataset("g/e", data=h5py.Empty("f4"))), r"g/e: .*no value")
    refused(
        write(lambda f: f.create_dataset("g/r", data=f.ref, dtype=h5py.ref_dtype)),
        r"g/r: References",
    )
    refused(write(lambda f: f.create_dataset("list_int_1", data=1)), r"gaps")
    refused(write(lambda f: f.attrs.__setitem__("gdict", "{}")), r"not one of ours")


def test_a_claim_of_more_than_the_file_can_hold_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("huge", (2**40,), "f8", chunks=(2**16,))
    with pytest.raises(GDictFileError, match=r"huge: It claims 8796093022208 bytes"):
        load_hdf5(tmp_path / "x.h5")


def test_a_changed_byte_is_found_and_named(tmp_path: Path) -> None:
    from gdict import GDict, save_hdf5

    values = np.arange(100, dtype=np.float64) + 0.5
    save_hdf5(GDict({"a": {"b": values, "c": np.zeros(3)}}), tmp_path / "x.h5")
    raw = bytearray((tmp_path / "x.h5").read_bytes())
    raw[raw.find(values.tobytes()) + 77] ^= 1
    (tmp_path / "x.h5").write_bytes(raw)
    with pytest.raises(GDictFileError, match=r"a/b: .*checksum"):
        load_hdf5(tmp_path / "x.h5")
    assert load_hdf5(tmp_path / "x.h5", keys="a/c")["a/c"].shape == (3,)


def test_a_heap_that_never_ends_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["text"] = ["some text", "and more"]
    check_heaps(tmp_path / "x.h5")
    assert load_hdf5(tmp_path / "x.h5")["text"].tolist() == ["some text", "and more"]
    raw = bytearray((tmp_path / "x.h5").read_bytes())
    first = raw.find(b"GCOL") + 16
    raw[first : first + 16] = bytes(16)
    (tmp_path / "x.h5").write_bytes(raw)
    refused(tmp_path / "x.h5", r"text: .*heap")
