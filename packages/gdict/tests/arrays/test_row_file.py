import copy
import gc
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdict.arrays.row_file import RowFile


def pickled(file: RowFile) -> Any:
    return pickle.loads(pickle.dumps(file))  # noqa: S301 - our own


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, pickled])
def test_a_copy_writes_into_its_own_file_after_the_original_is_gone(
    tmp_path: Path, copied: Callable[[Any], Any]
) -> None:
    original = RowFile.create(tmp_path / "rows.npy", np.empty((0, 3)), 5)
    original.write(0, np.arange(6.0).reshape(2, 3))
    mine = copied(original)
    del original
    gc.collect()
    with (tmp_path / "other").open("w+b") as other:  # which gets the number that was closed
        mine.write(1, np.full((1, 3), -1.0))
        other.seek(0)
        assert other.read() == b""
    assert mine.read(np.arange(2)).tolist() == [[0, 1, 2], [-1, -1, -1]]
    assert np.load(tmp_path / "rows.npy")[1].tolist() == [-1, -1, -1]
