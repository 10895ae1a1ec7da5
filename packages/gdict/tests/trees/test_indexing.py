from typing import Any

import numpy as np
import pytest
import torch

from gdict import GDict, GDictError, GDictIndexError

CUBE = np.arange(24).reshape(4, 3, 2)


def as_numpy(part: Any) -> Any:
    """Return what NumPy takes for one part of an index."""
    if isinstance(part, list | tuple | range):
        return np.array(part, int)
    return part.numpy() if isinstance(part, torch.Tensor) else part


@pytest.mark.parametrize(
    "index",
    [
        (0, slice(None), [0, 1]),
        (0, ..., [0, 1, 1]),
        ([0, 1], slice(None), [0, 1]),
        (slice(None), [2, 0], 1),
        ([[0, 1], [1, 3]], None, 2),
        ((0, 3), (1, 2)),
        (np.int64(1), range(2)),
        np.array([1, 0, 3, 0], np.uint8),
        torch.tensor([1, 0, 3, 0], dtype=torch.uint8),
        np.array([1, 0], np.uint16),
        np.arange(4)[::-1],
        (np.ones((4, 3), bool), 0),
        [],
    ],
)
def test_tensors_and_arrays_give_the_same_for_an_index(index: Any) -> None:
    parts = index if isinstance(index, tuple) else (index,)
    expected = CUBE[tuple(as_numpy(part) for part in parts)]
    found = GDict({"n": CUBE, "t": torch.from_numpy(CUBE)})[index]
    for leaf in found.leaves():
        assert tuple(leaf.shape) == expected.shape
        np.testing.assert_array_equal(leaf, expected)


def test_assignment_takes_the_same_indices() -> None:
    for index in [(0, slice(None), [0, 1]), np.array([1, 0, 1], np.uint8)]:
        data = GDict({"n": CUBE.copy(), "t": torch.from_numpy(CUBE.copy())})
        data[index] = -1
        np.testing.assert_array_equal(data["n"], data["t"])
        assert (data["n"] == -1).sum() in (6, 12)


def test_what_is_no_index_is_an_error() -> None:
    data = GDict({"obs": {"x": CUBE}})
    for index in (True, (slice(2), np.False_), [[0], [1, 2]], 4, [1.5], {}):
        with pytest.raises(GDictIndexError):
            data[index]


def test_numbers_that_a_leaf_cannot_hold_are_refused_before_the_first_is_written() -> None:
    for wrap in (np.asarray, torch.from_numpy):
        data = GDict({"f": wrap(np.zeros(3)), "u": wrap(np.zeros(3, np.uint8))})
        for value in (300, float("nan"), None):
            with pytest.raises(GDictError, match=r"^[fu]: "):
                data[:] = value
            assert data["f"].tolist() == [0, 0, 0]
        data[:] = 3
        assert data["u"].tolist() == [3, 3, 3]
