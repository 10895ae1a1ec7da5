from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import detect_format, open_source


def test_format_is_found_from_what_is_there(written: Any) -> None:
    name = open_source(written.path).format
    first = {
        "original": "original",
        "robomimic": "robomimic",
        "lerobot": "LeRobot",
        "zarr": "Diffusion",
    }
    assert name.startswith(first[detect_format(written.path)])


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent: does not exist"):
        open_source(tmp_path / "absent")


def test_directory_without_data_lists_the_formats(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of: original HDF5.*robomimic.*LeRobot.*zarr"):
        open_source(tmp_path)


def test_file_that_is_no_hdf5_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(b"not HDF5")
    with pytest.raises(DataError, match=r"x\.h5: cannot be opened"):
        open_source(tmp_path / "x.h5")


def test_single_file_of_the_original_opens(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    assert len(open_source(tmp_path / "traj_1.h5").episodes) == 1
