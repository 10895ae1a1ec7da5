import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from gdict import GDictFileError
from gdict.files.hdf5.heap import check_heaps

READ = "import h5py, sys; h5py.File(sys.argv[1])['text'].asstr()[...]"


def write_text(path: Path) -> bytearray:
    with h5py.File(path, "w") as file:
        file["text"] = ["open the drawer", "close it"]
    return bytearray(path.read_bytes())


def test_a_healthy_heap_passes(tmp_path: Path) -> None:
    write_text(tmp_path / "x.h5")
    check_heaps(tmp_path / "x.h5")


def test_a_heap_on_which_hdf5_loops_for_ever_is_refused(tmp_path: Path) -> None:
    raw = write_text(tmp_path / "x.h5")
    first_object = raw.find(b"GCOL") + 16
    raw[first_object : first_object + 16] = bytes(16)
    (tmp_path / "x.h5").write_bytes(raw)
    with pytest.raises(GDictFileError, match="heap of text is damaged"):
        check_heaps(tmp_path / "x.h5")
    with pytest.raises(subprocess.TimeoutExpired):  # else this check is no longer needed
        subprocess.run([sys.executable, "-c", READ, tmp_path / "x.h5"], timeout=5, check=False)


def test_an_object_longer_than_its_heap_is_refused(tmp_path: Path) -> None:
    raw = write_text(tmp_path / "x.h5")
    size = raw.find(b"GCOL") + 16 + 8
    raw[size : size + 8] = (2**40).to_bytes(8, "little")
    (tmp_path / "x.h5").write_bytes(raw)
    with pytest.raises(GDictFileError, match="heap of text is damaged"):
        check_heaps(tmp_path / "x.h5")


def test_the_word_gcol_in_data_is_no_heap(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"some text with GCOL" + bytes(3))
    check_heaps(tmp_path / "x")
