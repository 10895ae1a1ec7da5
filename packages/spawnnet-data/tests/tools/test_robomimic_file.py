from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.robomimic_file import write_robomimic


def opened(path: Path) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source))


def test_what_is_written_reads_as_its_source(written: Any, tmp_path: Path) -> None:
    before = opened(written.path)
    list(write_robomimic(before, tmp_path / "out.hdf5"))
    after = opened(tmp_path / "out.hdf5")
    assert after.source.format == "robomimic"
    assert (after.source.rate, after.views) == (before.source.rate, before.views)
    for i in range(len(before)):
        steps = np.arange(before.lengths[i])
        np.testing.assert_array_equal(after.actions(i), before.actions(i))
        np.testing.assert_array_equal(after.proprioception(i), before.proprioception(i))
        np.testing.assert_array_equal(after.rgb(i, steps), before.rgb(i, steps))
        np.testing.assert_array_equal(after.depth(i, steps), before.depth(i, steps))


def test_nothing_is_left_of_what_fails(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "set").path
    demonstrations = opened(path)
    with h5py.File(path / "traj_1.h5", "a") as file:
        file["traj_0/obs/depth"][6, 1, 0, 3, 4] = np.nan
    with pytest.raises(DataError, match="step 6: a depth is NaN"):
        list(write_robomimic(demonstrations, tmp_path / "out.hdf5"))
    assert [file.name for file in tmp_path.iterdir()] == ["set"]


def test_a_file_that_exists_is_kept(tmp_path: Path, write: SimpleNamespace) -> None:
    demonstrations = opened(write.original(tmp_path / "set").path)
    (tmp_path / "out.hdf5").write_bytes(b"precious")
    with pytest.raises(ConfigurationError, match=r"destination: .*exists"):
        list(write_robomimic(demonstrations, tmp_path / "out.hdf5"))
    assert (tmp_path / "out.hdf5").read_bytes() == b"precious"
