from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.output_file import new_hdf5_file, step_bytes


def test_a_file_is_closed_under_its_unfinished_name(tmp_path: Path) -> None:
    with new_hdf5_file(tmp_path / "a.h5", 100) as (file, unfinished):
        file["x"] = np.arange(3)
    assert not file
    assert list(tmp_path.iterdir()) == [unfinished]


@pytest.mark.parametrize("error", [DataError("damaged"), KeyboardInterrupt()])
def test_what_fails_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), new_hdf5_file(tmp_path / "a.h5", 100):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_too_little_space_is_told_before_anything_is_written(tmp_path: Path) -> None:
    message = r"a\.h5: needs 1,000,000,000,000,000,000 bytes, only"
    with pytest.raises(OSError, match=message), new_hdf5_file(tmp_path / "a.h5", 10**18):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_the_library_says_is_one_sentence_with_the_file(tmp_path: Path) -> None:
    message = r"a\.h5: cannot be written, No space left; what is complete is kept"
    with pytest.raises(OSError, match=message), new_hdf5_file(tmp_path / "a.h5", 100):
        raise RuntimeError("Can't decrement id ref count (No space left)")
    assert list(tmp_path.iterdir()) == []


def test_a_time_step_has_the_bytes_of_all_views(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.original(tmp_path).path)
    H, W = write.size
    expected = 2 * H * W * (3 + 4) + 4 * (8 + 7)
    assert step_bytes(Demonstrations(source, infer_mapping(source))) == expected
