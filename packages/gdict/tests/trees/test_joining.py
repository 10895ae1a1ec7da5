import numpy as np
import pytest
import torch

from gdict import GDictError, GDictValueError
from gdict.trees.joining import concat, join, stack

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_leaves_of_one_place_are_joined_in_order() -> None:
    nodes = [{"a": [i, (i + 10,)], "b": {}} for i in range(3)]
    assert join(nodes, list) == {"a": [[0, 1, 2], ([10, 11, 12],)], "b": {}}


def test_keys_in_another_order_are_the_same_structure() -> None:
    assert join([{"a": 1, "b": 2}, {"b": 20, "a": 10}], sum) == {"a": 11, "b": 22}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"a": {"y": 1}}, r"a: The keys differ: \['x'\] are missing and \['y'\] unexpected"),
        ({"a": {"x": 1, "y": 1}}, r"a: The keys differ"),
        ({"a": [1]}, r"a: Expected a dict"),
        ({"b": {"x": 1}}, r"The keys differ"),
    ],
)
def test_another_structure_is_refused_with_its_path(other: object, message: str) -> None:
    with pytest.raises(GDictValueError, match=message):
        join([{"a": {"x": 1}}, {"a": {"x": 2}}, other], sum)


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(GDictValueError, match=r"a: Expected 1 items"):
        join([{"a": [1]}, {"a": [1, 2]}], sum)


def test_a_failure_in_a_leaf_names_the_leaf() -> None:
    with pytest.raises(GDictError, match=r"a/0: "):
        join([{"a": [np.zeros(2)]}, {"a": [np.zeros((2, 3))]}], np.concatenate)


def test_no_nodes_are_an_error() -> None:
    with pytest.raises(GDictValueError, match="nothing to join"):
        join([], sum)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_stacking_is_numpys(axis: int) -> None:
    items = [MATRIX, MATRIX * 2, MATRIX * 3]
    expected = np.stack(items, axis)
    np.testing.assert_array_equal(stack(items, axis), expected)
    np.testing.assert_array_equal(stack(list(map(torch.from_numpy, items)), axis), expected)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenation_is_numpys(axis: int) -> None:
    items = [MATRIX, MATRIX * 2]
    expected = np.concatenate(items, axis)
    np.testing.assert_array_equal(concat(items, axis), expected)
    np.testing.assert_array_equal(concat(list(map(torch.from_numpy, items)), axis), expected)


@pytest.mark.parametrize("other", [(3, 2), (2, 4), (2,), (2, 3, 1)])
def test_arrays_of_other_shapes_are_not_stacked(other: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - NumPy's own text where the rows agree
        stack([MATRIX, np.zeros(other)], 0)


def test_stacking_a_longer_array_names_the_shapes() -> None:
    with pytest.raises(GDictValueError, match=r"one shape.*\(2, 3\)"):
        stack([MATRIX, np.zeros((5, 3))], 0)
