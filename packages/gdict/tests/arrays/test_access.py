from typing import Any

import h5py
import numpy as np
import pytest
import torch

from gdict import GDictIndexError, GDictValueError
from gdict.arrays import access

ARRAY = np.arange(24).reshape(4, 3, 2)


@pytest.mark.parametrize("index", [[2, 0], np.array([1, 1, 3]), (slice(None), [0, 2])])
def test_every_library_reads_the_same_entries(index: Any, tmp_path) -> None:  # type: ignore[no-untyped-def]
    read = access.advanced_reader(access.normalized(index))
    parts = index if isinstance(index, tuple) else (index,)
    expected = ARRAY[tuple(np.array(p) if isinstance(p, list) else p for p in parts)]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for leaf in (ARRAY, torch.from_numpy(ARRAY), file.create_dataset("x", data=ARRAY)):
            np.testing.assert_array_equal(read(leaf), expected)
    assert read("text") == "text"


def test_writing_crosses_libraries() -> None:
    array, tensor = np.zeros((4, 3)), torch.zeros(4, 3)
    access.write(array, [1, 2], torch.ones(2, 3))
    access.write(tensor, [1, 2], np.ones((2, 3), np.float32))
    np.testing.assert_array_equal(array, tensor)
    assert array.sum() == 6
    access.write("text", 0, 1)  # no array: stays as it is
    access.write(tensor, 0, np.arange(3.0)[::-1])
    assert tensor[0].tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("index", "value", "error", "message"),
    [
        (4, 0, GDictIndexError, r"does not fit shape \(4, 3\)"),
        (slice(2), np.zeros((3, 3)), GDictValueError, r"shape \(3, 3\) does not fit .* \(2, 3\)"),
    ],
)
def test_an_assignment_is_checked_before(
    index: Any, value: Any, error: type[Exception], message: str
) -> None:
    for leaf in (np.zeros((4, 3)), torch.zeros(4, 3)):
        with pytest.raises(error, match=message):
            access.check_assignable(leaf, index, value)
        assert leaf.sum() == 0


@pytest.mark.parametrize("leaf", [np.zeros(3), torch.zeros(3)])
def test_text_for_numbers_is_noticed_before_anything_is_written(leaf: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        access.check_assignable(leaf, ..., np.array(["x", "y", "z"]))
    access.check_assignable(np.array(["a", "b"]), 0, np.array("c"))
    access.check_assignable(np.zeros(2, "M8[D]"), 0, np.array("2026-01-02", "M8[D]"))


def test_a_read_only_array_is_refused() -> None:
    array = np.zeros(3)
    array.flags.writeable = False
    with pytest.raises(GDictValueError, match="read-only"):
        access.check_assignable(array, 0, 1)


def test_basic_indices_mean_the_same_everywhere() -> None:
    for index in (1, slice(2), None, ..., (0, slice(None))):
        assert access.is_basic(index)
    for index in ([0], np.array([0]), (0, [1]), True):
        assert not access.is_basic(index)
