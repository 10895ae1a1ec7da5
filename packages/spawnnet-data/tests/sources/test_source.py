"""The contract of `DemonstrationSource`, on every format."""

import pickle
from typing import Any

import numpy as np
import pytest

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import consecutive_runs, natural_key, select_steps


def assert_same(found: Any, expected: Any, tolerance: float) -> None:
    assert found.shape == expected.shape
    if tolerance:
        assert np.abs(found.astype(float) - expected).mean() < tolerance
    else:
        np.testing.assert_array_equal(found, expected)


def test_every_value_of_every_episode_reads_as_written(written: Any) -> None:
    source = open_source(written.path)
    assert [e.length for e in source.episodes] == [
        len(e["actions" if "actions" in e else "action"]) for e in written.episodes
    ]
    for i, arrays in enumerate(written.episodes):
        assert set(source.keys) == set(arrays)
        for key, expected in arrays.items():
            assert_same(source.read(i, key), expected, written.tolerance.get(key, 0))


def test_description_tells_what_reading_gives(written: Any) -> None:
    source = open_source(written.path)
    for episode in range(len(source.episodes)):
        for key in source.keys:
            spec = source.describe(episode, key)
            values = source.read(episode, key)
            assert (spec.length, spec.shape, spec.dtype) == (
                len(values),
                values.shape[1:],
                values.dtype,
            )
            assert {"rgb": np.uint8, "depth": np.float32}.get(spec.kind, spec.dtype) == spec.dtype


def test_steps_come_in_the_order_asked_for(written: Any) -> None:
    source = open_source(written.path)
    steps = [3, 0, 1, 2, 2, 0]
    for key in source.keys:
        everything = source.read(1, key)
        np.testing.assert_array_equal(source.read(1, key, steps), everything[steps])
        assert source.read(1, key, []).shape == (0, *everything.shape[1:])


def test_cameras_read_side_by_side_equal_each_alone(written: Any) -> None:
    source = open_source(written.path)
    steps = np.array([2, 3, 0])
    for kind in ("rgb", "depth"):
        keys = [key for key in source.keys if source.describe(1, key).kind == kind]
        for chosen in (keys, keys[::-1], keys[:1]):
            if chosen:
                expected = np.stack([source.read(1, key, steps) for key in chosen], 1)
                out = np.empty_like(expected)
                source.read_into(1, chosen, steps, out)
                np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("step", [-1, 9])
def test_step_that_does_not_exist_is_an_error_that_names_it(written: Any, step: int) -> None:
    source = open_source(written.path)
    name = source.episodes[1].name
    for key in source.keys:
        with pytest.raises(DataError, match=f"episode {name}, key {key}, step {step}: "):
            source.read(1, key, [0, step])


def test_missing_key_is_an_error_that_lists_the_others(written: Any) -> None:
    source = open_source(written.path)
    for ask in (source.describe, source.read):
        with pytest.raises(
            DataError, match=f"key nonsense: the key is missing, there are {source.keys[0]}"
        ):
            ask(0, "nonsense")


def test_copy_in_another_process_reads_the_same(written: Any) -> None:
    source = open_source(written.path)
    before = {key: source.read(0, key) for key in source.keys}
    copy = pickle.loads(pickle.dumps(source))  # noqa: S301 - just made
    source.close()
    for key, value in before.items():
        np.testing.assert_array_equal(copy.read(0, key), value)
        np.testing.assert_array_equal(source.read(0, key), value)


def test_clean_data_has_no_problems(written: Any) -> None:
    assert not open_source(written.path).problems


def test_runs_of_consecutive_steps() -> None:
    runs = list(consecutive_runs(np.array([4, 5, 6, 6, 2, 3, 0])))
    assert runs == [(0, 4, 7), (3, 6, 7), (4, 2, 4), (6, 0, 1)]
    assert list(consecutive_runs(np.array([], int))) == []


def test_numbers_in_names_sort_as_numbers() -> None:
    assert sorted(["traj_10", "a", "traj_2", "traj_2b", "3"], key=natural_key) == [
        "3",
        "a",
        "traj_2",
        "traj_2b",
        "traj_10",
    ]


def test_no_steps_means_all() -> None:
    assert select_steps(None, 3, Problem("f", "")).tolist() == [0, 1, 2]
