from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources import formats
from spawnnet_data.sources.formats import (
    detect_format,
    list_formats,
    open_source,
    register_format,
)
from spawnnet_data.sources.source import Episode, KeySpec, read_each_into


def test_format_is_found_from_what_is_there(written: Any) -> None:
    name = open_source(written.path).format
    first = {
        "original": "original",
        "robomimic": "robomimic",
        "lerobot": "LeRobot",
        "zarr": "Diffusion",
    }
    assert set(first) <= set(list_formats())
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


def test_an_option_of_another_format_is_refused(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.robomimic(tmp_path / "set").path
    with pytest.raises(ConfigurationError, match="trajectories: format 'robomimic' has no such"):
        open_source(path, trajectories="first")


class NumpySource:
    """A format from outside the package: one `.npz` file per episode, every array a key."""

    format = "NumPy"
    splits: Mapping[str, tuple[int, ...]] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()

    def __init__(self, path: Path, *, rate: float = 5.0) -> None:
        self.path, self.rate = path, rate
        self._arrays = [dict(np.load(file)) for file in sorted(path.glob("*.npz"))]
        self.keys = tuple(self._arrays[0])
        self.episodes = [
            Episode(f"episode_{i}", len(arrays["actions"]), path)
            for i, arrays in enumerate(self._arrays)
        ]

    def describe(self, episode: int, key: str) -> KeySpec:
        array = self._arrays[episode][key]
        return KeySpec("array", array.shape[1:], array.dtype, len(array))

    def read(self, episode: int, key: str, steps: Any = None) -> Any:
        array = self._arrays[episode][key]
        return array if steps is None else array[np.asarray(steps)]

    def read_into(self, episode: int, keys: Sequence[str], steps: Any, out: Any) -> None:
        read_each_into(self, episode, keys, steps, out)

    def close(self) -> None:
        pass


@pytest.fixture
def numpy_format() -> Iterator[None]:
    register_format("numpy", lambda path: any(path.glob("*.npz")), NumpySource)
    yield
    del formats._FORMATS["numpy"]


@pytest.mark.usefixtures("numpy_format")
def test_a_format_from_outside_is_found_and_read(tmp_path: Path) -> None:
    actions = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", actions=actions, state=actions[:, :2])
    assert detect_format(tmp_path) == "numpy"
    source = open_source(tmp_path, rate=7.0)
    assert source.rate == 7
    demonstrations = Demonstrations(source, infer_mapping(source))
    np.testing.assert_array_equal(demonstrations.actions(0), actions)
    assert demonstrations.proprioception_dim == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"none of: original.*zarr.*, numpy\."):
        detect_format(tmp_path / "empty")


@pytest.mark.usefixtures("numpy_format")
def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="'numpy' is already registered"):
        register_format("numpy", lambda path: False, NumpySource)


@pytest.mark.usefixtures("numpy_format")
def test_errors_of_a_reader_become_errors_of_the_data(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", state=np.zeros((4, 2)))
    with pytest.raises(DataError, match=r"cannot be read, 'actions' \(KeyError\)") as caught:
        open_source(tmp_path)
    assert isinstance(caught.value.__cause__, KeyError)


def test_files_of_minari_in_arrow_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data" / "0").mkdir(parents=True)
    (tmp_path / "data" / "0" / "part-0.arrow").write_bytes(b"ARROW1")
    with pytest.raises(DataError, match="Minari writes what is read with data_format='hdf5'"):
        detect_format(tmp_path)
