from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.reading import vectors
from spawnnet_data.reading.vectors import VectorReader
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import Episode, KeySpec, first_spec

ACTIONS = np.random.default_rng(0).normal(size=(5, 2))
JOINTS = np.random.default_rng(1).normal(size=(6, 3, 2))  # one observation more than actions
KEYS = ("joints", "actions")


def reader(folder: Path) -> VectorReader:
    with h5py.File(folder / "a.h5", "w") as file:
        file["actions"], file["joints"] = ACTIONS, JOINTS
    source = open_source(folder)
    return VectorReader(source, {key: first_spec(source, key) for key in KEYS})


def test_keys_of_any_shape_are_put_side_by_side(tmp_path: Path) -> None:
    numbers = reader(tmp_path)
    expected = np.concatenate([JOINTS[:5].reshape(5, 6), ACTIONS], 1).astype(np.float32)
    np.testing.assert_array_equal(numbers.read(0, KEYS), expected)
    assert numbers.width(KEYS) == 8


def test_what_was_read_stays_in_memory_and_a_copy_reads_anew(tmp_path: Path) -> None:
    numbers = reader(tmp_path)
    read = numbers.read(0, KEYS)
    assert numbers.read(0, list(KEYS)) is read
    copy = pickle.loads(pickle.dumps(numbers))  # noqa: S301
    assert copy.read(0, KEYS) is not read
    np.testing.assert_array_equal(copy.read(0, KEYS), read)


class ShortEpisodes:
    """Many episodes in memory; counts how often one is read."""

    def __init__(self, number: int, length: int) -> None:
        self.episodes = [Episode(str(i), length, Path()) for i in range(number)]
        self.num_reads = 0

    def read(self, episode: int, key: str) -> np.ndarray:
        del key
        self.num_reads += 1
        return np.full((self.episodes[episode].length, 2), episode, np.float64)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def sweep_twice(source: Any) -> int:
    spec = KeySpec("array", (2,), np.dtype(np.float64), source.episodes[0].length)
    numbers = VectorReader(source, {"actions": spec})
    for episode in [*range(len(source.episodes))] * 2:
        assert (numbers.read(episode, ["actions"]) == episode).all()
    return int(source.num_reads)


def test_short_episodes_stay_in_memory_however_many_they_are() -> None:
    assert sweep_twice(ShortEpisodes(4000, 3)) == 4000


def test_bytes_bound_what_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_KEPT_BYTES", 10_000)
    assert sweep_twice(ShortEpisodes(3, 200)) == 3
    assert sweep_twice(ShortEpisodes(8, 200)) == 16  # of 1,600 bytes and the header of an array


def test_a_value_that_is_no_number_is_named(tmp_path: Path) -> None:
    numbers = reader(tmp_path)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["joints"][3, 1, 0] = np.inf
    with pytest.raises(DataError, match="NaN or infinite") as error:
        numbers.read(0, KEYS)
    assert (error.value.problem.key, error.value.problem.step) == ("joints", 3)
