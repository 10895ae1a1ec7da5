from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.hdf5 import Hdf5Source
from spawnnet_data.sources.source import Episode

RGB = np.random.default_rng(0).integers(0, 256, (6, 2, 3, 8, 12), np.uint8)
STEPS = np.array([5, 0, 3])


@pytest.fixture
def source(tmp_path: Path) -> Hdf5Source:
    """Two episodes in groups `a` and `b` of one file; the second one lacks `state`."""
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        for group, length in (("a", 6), ("b", 4)):
            file[f"{group}/rgb"] = RGB[:length]
            file[f"{group}/actions"] = np.arange(3.0 * length).reshape(length, 3)
        file["a/state"] = np.ones((6, 2))
    episodes = [(Episode("first", 6, path), "a"), (Episode("second", 4, path), "b")]
    return Hdf5Source(path, "test", episodes)


def test_an_array_of_several_cameras_is_a_key_per_camera(source: Hdf5Source) -> None:
    assert set(source.keys) == {"actions", "rgb/0", "rgb/1", "state"}
    spec = source.describe(0, "rgb/1")
    assert (spec.kind, spec.shape, spec.length) == ("rgb", (3, 8, 12), 6)
    np.testing.assert_array_equal(source.read(0, "rgb/1", STEPS), RGB[STEPS, 1])
    np.testing.assert_array_equal(source.read(1, "actions")[:, 0], [0, 3, 6, 9])


@pytest.mark.parametrize("order", [("rgb/0", "rgb/1"), ("rgb/1", "rgb/0")])
def test_all_cameras_at_once_are_what_each_of_them_is(
    source: Hdf5Source, order: tuple[str, str]
) -> None:
    out = np.zeros((3, 2, 3, 8, 12), np.uint8)
    source.read_into(0, order, STEPS, out)
    for view, key in enumerate(order):
        np.testing.assert_array_equal(out[:, view], source.read(0, key, STEPS))


def test_errors_name_episode_key_and_step(source: Hdf5Source) -> None:
    with pytest.raises(DataError, match=r"the key is missing, there are actions, rgb/0") as caught:
        source.read(1, "state")
    assert (caught.value.problem.episode, caught.value.problem.key) == ("second", "state")
    with pytest.raises(DataError, match="step 4 does not exist, there are 4") as caught:
        source.read(1, "actions", [3, 4])
    assert caught.value.problem.step == 4


def test_a_file_that_is_gone_is_an_error_of_the_episode(source: Hdf5Source) -> None:
    source.close()
    source.path.unlink()
    fresh = Hdf5Source(source.path, "test", [(source.episodes[0], "a")])
    with pytest.raises(DataError, match="cannot be opened") as caught:
        fresh.read(0, "actions")
    assert caught.value.problem.episode == "first"
