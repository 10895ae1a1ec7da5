import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gdict import GDict, GDictFileError, GDictTypeError, load_hdf5, save_hdf5
from gdict.files import expansion
from gdict.files.hdf5.leaf import LeafReader, write_leaf


def written(path: Path, leaf: Any, **changes: Any) -> Any:
    options = {"compression": None, "chunks": None, "original": False, **changes}
    with h5py.File(path, "w") as file:
        write_leaf(file, "x", leaf, **options)
    with h5py.File(path) as file:
        return LeafReader(path, allow_pickle=False).read(("x",), file["x"])


@pytest.mark.parametrize("leaf", ["text", "", "\0", "é", 3, 2**70, -0.5, True, None, float("inf")])
def test_json_values_keep_type_and_value(tmp_path: Path, leaf: Any) -> None:
    found = written(tmp_path / "x.h5", leaf)
    assert type(found) is type(leaf)
    assert found == leaf


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
def test_unusual_arrays_keep_type_and_values(tmp_path: Path, compression: str | None) -> None:
    for leaf in (
        np.array(5, np.int8),
        np.float32(2.5),
        np.zeros((0, 3), np.float16),
        np.array([["a", ""], ["é", "bcd"]]),
        np.array(["2026-01-02", "NaT"], "M8[D]"),
        np.array([1 + 2j, 3]),
        np.arange(5, dtype=">i4"),
        np.arange(12).reshape(3, 4)[:, ::2],
    ):
        found = written(tmp_path / "x.h5", leaf, compression=compression)
        assert type(found) is type(leaf)
        assert found.dtype == leaf.dtype
        np.testing.assert_array_equal(found, leaf)


def test_more_than_the_values_need_is_not_unpacked(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        array = file.create_dataset("a", shape=(9,), dtype="i8", chunks=(5,), compression="gzip")
        try:
            array.id.write_direct_chunk((5,), bytes(300_000))
        except OSError as error:  # HDF5 1.14
            pytest.skip(f"this HDF5 does not write such a file: {error}")
    with pytest.raises(GDictFileError, match="a: It keeps 300000 bytes for 80 bytes of values"):
        load_hdf5(tmp_path / "x.h5")


def test_a_chunk_that_becomes_far_more_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        options: Any = {"chunks": (20_000,), "compression": "gzip", "shuffle": True}
        array = file.create_dataset("a", data=np.arange(60_000, dtype=np.uint8), **options)
        array.id.write_direct_chunk((0,), bytes(20_000), filter_mask=0b11)  # stored as it is
    monkeypatch.setattr(expansion, "FREE_BYTES", 0)
    assert load_hdf5(tmp_path / "x.h5")["a"][20_002] == 20_002 % 256
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file["a"].id.write_direct_chunk((40_000,), zlib.compress(bytes(500_000)))
    with pytest.raises(GDictFileError, match=r"a: A chunk of \d+ bytes becomes 302145 or more"):
        load_hdf5(tmp_path / "x.h5")


def test_a_checksum_of_other_bytes_is_refused(tmp_path: Path) -> None:
    save_hdf5(GDict({"a": {"x": np.arange(5)}}), tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file["a/x"][2] = 9
    with pytest.raises(GDictFileError, match=r"a/x: .*checksum"):
        load_hdf5(tmp_path / "x.h5")


def test_leaves_claim_no_more_memory_together_than_a_file_can_hold(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for name in "abc":
            file[name] = np.zeros(100, np.uint8)
    with h5py.File(tmp_path / "x.h5") as file:
        reader = LeafReader(tmp_path / "x.h5", allow_pickle=False)
        reader.budget.bytes_left = 250
        reader.read(("a",), file["a"])
        reader.read(("b",), file["b"])
        with pytest.raises(GDictFileError, match=r"c: It claims 100 bytes"):
            reader.read(("c",), file["c"])


def test_objects_are_never_stored(tmp_path: Path) -> None:
    for leaf in (object(), b"bytes", {1, 2}, np.array([None])):
        with pytest.raises(GDictTypeError, match="cannot be stored"):
            written(tmp_path / "x.h5", leaf)
