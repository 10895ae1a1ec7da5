import numpy as np
import pytest
import torch

from gdict import GDictError, GDictIndexError, GDictValueError
from gdict.trees import rows

TREE = {"x": np.arange(10).reshape(5, 2), "t": [torch.arange(5)]}


def test_rows_are_gathered_in_order_from_both_libraries() -> None:
    gathered = rows.gather(TREE, np.array([3, 0, 3]))
    assert gathered["x"].tolist() == [[6, 7], [0, 1], [6, 7]]
    assert gathered["t"][0].tolist() == [3, 0, 3]
    assert rows.num_rows(TREE) == 5
    assert rows.num_rows({"empty": []}) == 0


@pytest.mark.parametrize(
    ("tree", "length", "message"),
    [
        ({"a": np.zeros(3), "b": [np.zeros(4)]}, None, r"b/0: Expected 3 rows as `a` has, got 4"),
        ({"a": np.zeros(3)}, 2, "a: Expected 2 rows, got 3"),
        ({"a": {"b": "text"}}, None, "a/b: A DictArray holds only arrays, got str"),
        ({"a": np.array(1)}, None, "a: A DictArray needs a first axis"),
    ],
)
def test_what_is_no_row_is_named(tree: object, length: int | None, message: str) -> None:
    with pytest.raises(GDictError, match=f"^{message}"):
        rows.check_rows(tree, length)


def test_row_numbers_below_zero_count_from_the_end() -> None:
    assert rows.row_indices([0, -1, -5], 5).tolist() == [0, 4, 0]
    assert rows.row_indices(torch.tensor([2, -2]), 5).tolist() == [2, 3]
    assert rows.row_indices([], 0).tolist() == []
    for wrong in ([5], [-6], [0.5], [[1]], 3):
        with pytest.raises(GDictIndexError):
            rows.row_indices(wrong, 5)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint64"])
def test_narrow_numbers_name_the_same_rows(dtype: str) -> None:
    numbers = np.array([120, 3], dtype)
    assert (rows.row_indices(numbers, 1000) + 250).tolist() == [370, 253]
    if dtype != "int8":
        return
    assert rows.row_indices(-numbers, 1000).tolist() == [880, 997]


def test_drawn_rows_are_those_of_the_generator() -> None:
    expected = np.random.default_rng(3).choice(7, 4, replace=False).tolist()
    drawn = rows.random_rows(7, 4, np.random.default_rng(3), replace=False)
    assert drawn.tolist() == expected
    for length, count, replace in ((0, 1, True), (3, 4, False), (3, -1, True)):
        with pytest.raises(GDictValueError, match=f"Cannot draw {count} rows from {length}"):
            rows.random_rows(length, count, np.random.default_rng(0), replace)
