from pathlib import Path

import h5py
import numpy as np
import pytest

from gdict import GDictFileError
from gdict.files.hdf5 import notes


def test_a_note_comes_back_and_an_empty_one_leaves_nothing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        notes.mark(file.create_group("list").id, {"kind": "list", "size": 3})
        notes.mark(file.create_group("plain").id, {})
        assert notes.mark_of(file["list"]) == {"kind": "list", "size": 3}
        assert notes.mark_of(file["plain"]) == {}
        assert not file["plain"].attrs


@pytest.mark.parametrize("value", [np.bytes_(b"[1]"), np.int64(3)])
def test_a_note_of_someone_else_is_refused(tmp_path: Path, value: object) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.attrs[notes.MARK] = value
        with pytest.raises(GDictFileError, match="`gdict`"):
            notes.mark_of(file)


def test_errors_keep_the_deepest_path_and_their_cause() -> None:
    with (
        pytest.raises(GDictFileError, match=r"^a/b: It is damaged") as caught,
        notes.errors_at(("a",)),
        notes.errors_at(("a", "b")),
    ):
        raise OSError("bad block")
    assert isinstance(caught.value.__cause__, OSError)
