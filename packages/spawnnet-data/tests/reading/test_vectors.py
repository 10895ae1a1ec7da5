from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.reading.vectors import VectorReader
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import first_spec

ACTIONS = np.random.default_rng(0).normal(size=(5, 2))
JOINTS = np.random.default_rng(1).normal(size=(6, 3, 2))  # one observation more than actions
KEYS = ("joints", "actions")


def reader(folder: Path) -> VectorReader:
    with h5py.File(folder / "a.h5", "w") as file:
        file["actions"], file["joints"] = ACTIONS, JOINTS
    source = open_source(folder)
    return VectorReader(source, {key: first_spec(source, key) for key in KEYS})


def test_keys_of_any_shape_are_put_side_by_side(tmp_path: Path) -> None:
    vectors = reader(tmp_path)
    expected = np.concatenate([JOINTS[:5].reshape(5, 6), ACTIONS], 1).astype(np.float32)
    np.testing.assert_array_equal(vectors.read(0, KEYS), expected)
    assert vectors.width(KEYS) == 8


def test_what_was_read_stays_in_memory_and_a_copy_reads_anew(tmp_path: Path) -> None:
    vectors = reader(tmp_path)
    read = vectors.read(0, KEYS)
    assert vectors.read(0, list(KEYS)) is read
    copy = pickle.loads(pickle.dumps(vectors))  # noqa: S301
    assert copy.read(0, KEYS) is not read
    np.testing.assert_array_equal(copy.read(0, KEYS), read)


def test_a_value_that_is_no_number_is_named(tmp_path: Path) -> None:
    vectors = reader(tmp_path)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["joints"][3, 1, 0] = np.inf
    with pytest.raises(DataError, match="NaN or infinite") as error:
        vectors.read(0, KEYS)
    assert (error.value.problem.key, error.value.problem.step) == ("joints", 3)
