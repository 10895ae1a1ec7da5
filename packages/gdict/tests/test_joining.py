import numpy as np
import pytest

from gdict import GDictError, GDictValueError
from gdict.joining import join


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
