import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gdict import GDict, GDictFileError, load_npz, save_npz
from gdict.files.archive import read_arrays, write_arrays

ARRAYS = {
    "plain": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "scalar": np.array(7, np.int64),
    "empty": np.zeros((0, 5), np.uint8),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "swapped": np.arange(5, dtype=">i4"),
    "text": np.array(["a", "bcd"]),
    "fields": np.zeros(3, [("x", "f4"), ("y", "i8", (2,))]),
    "time": np.array(["2026-01-02"], "M8[D]"),
    "a/b": np.ones(2, bool),
}


@pytest.mark.parametrize("compress", [False, True])
def test_arrays_come_back_and_numpy_reads_the_same(tmp_path: Path, compress: bool) -> None:
    write_arrays(tmp_path / "x.npz", ARRAYS.items(), compress=compress)
    mine = read_arrays(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as theirs:
        assert list(mine) == theirs.files == list(ARRAYS)
        for name, array in mine.items():
            assert array.dtype == theirs[name].dtype
            np.testing.assert_array_equal(array, theirs[name])
            assert array.flags.writeable


def test_what_numpy_saves_is_read(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", **ARRAYS)
        for name, array in read_arrays(tmp_path / "x.npz").items():
            np.testing.assert_array_equal(array, ARRAYS[name])


def test_objects_are_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", fine=np.zeros(2), objects=np.array([{}]))
    with pytest.raises(GDictFileError, match=r"'objects\.npy'"):
        load_npz(tmp_path / "x.npz")


def test_a_changed_byte_is_found_and_named(tmp_path: Path) -> None:
    for compress in (False, True):
        save_npz(GDict({"a": ARRAYS["plain"]}), tmp_path / "x.npz", compress=compress)
        with zipfile.ZipFile(tmp_path / "x.npz") as archive:
            entry = archive.getinfo("a.npy")
        raw = bytearray((tmp_path / "x.npz").read_bytes())
        raw[entry.header_offset + 30 + 25 + entry.compress_size - 3] ^= 1
        (tmp_path / "x.npz").write_bytes(raw)
        with pytest.raises(GDictFileError, match=r"'a\.npy'"):
            load_npz(tmp_path / "x.npz")


def test_a_header_that_claims_too_much_takes_no_memory(tmp_path: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)}
    )
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.npy", member.getvalue())
    with pytest.raises(GDictFileError, match=r"'a\.npy'"):
        load_npz(tmp_path / "x.npz")


def test_damaged_files_are_refused_or_read_right(tmp_path: Path) -> None:
    data = GDict({"a": {"x": ARRAYS["plain"]}, "t": (1, "text")})
    rng = random.Random(0)
    refused = 0
    for compress in (False, True):
        save_npz(data, tmp_path / "x.npz", compress=compress)
        raw = (tmp_path / "x.npz").read_bytes()
        for _ in range(300):
            damaged = bytearray(raw)
            damaged[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
            (tmp_path / "y.npz").write_bytes(
                damaged[: rng.choice([len(raw), rng.randrange(len(raw))])]
            )
            try:
                loaded = load_npz(tmp_path / "y.npz")
            except GDictFileError:
                refused += 1
            else:  # names lie outside of checksums
                assert loaded.equal(data) or loaded.paths() != data.paths()
    assert refused > 300
