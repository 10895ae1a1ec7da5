from collections import OrderedDict
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest

from gdict import GDictError, GDictKeyError, GDictValueError, tree


class Point(NamedTuple):
    x: int
    y: int


def test_own_copies_containers_and_shares_leaves() -> None:
    leaf = np.zeros(3)
    data = {"a": [leaf, {"b": leaf}], "c": (leaf,)}
    owned = tree.own(data)
    assert owned is not data
    assert owned["a"] is not data["a"]
    assert owned["a"][1]["b"] is leaf
    assert owned["c"][0] is leaf


def test_own_turns_mappings_and_named_tuples_into_dicts() -> None:
    data = {"m": MappingProxyType({"a": 1}), "o": OrderedDict(b=2), "p": Point(3, 4)}
    owned = tree.own(data)
    assert owned == {"m": {"a": 1}, "o": {"b": 2}, "p": {"x": 3, "y": 4}}
    assert {type(child) for child in owned.values()} == {dict}


@pytest.mark.parametrize("key", ["", "a/b", -1, 1.5, True, None, ("a",)])
def test_own_refuses_keys_that_no_path_can_name(key: object) -> None:
    with pytest.raises(GDictKeyError, match="outer"):
        tree.own({"outer": {key: 1}})


def test_own_refuses_two_keys_with_one_path() -> None:
    with pytest.raises(GDictKeyError, match="same path"):
        tree.own({0: 1, "0": 2})


def test_map_leaves_keeps_containers_and_order() -> None:
    data = {"b": [1, (2, {})], "a": {"c": 3}}
    assert tree.map_leaves(lambda leaf: leaf * 10, data) == {"b": [10, (20, {})], "a": {"c": 30}}
    assert list(tree.map_leaves(str, data)) == ["b", "a"]


def test_an_error_in_map_names_the_path_and_keeps_type_and_cause() -> None:
    def fail(leaf: int) -> None:
        if leaf == 3:
            raise ZeroDivisionError("no thirds")

    with pytest.raises(GDictError, match=r"a/1/c: no thirds") as caught:
        tree.map_leaves(fail, {"a": [2, {"c": 3}]})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.path == ("a", 1, "c")


def test_map_leaves_with_refuses_other_structures_with_the_path() -> None:
    data = {"a": {"b": 1, "c": 2}}
    for other, match in [
        ({"a": {"b": 1}}, r"a: .*\['c'\] are missing"),
        ({"a": {"b": 1, "c": 2, "d": 3}}, r"a: .*\['d'\] unexpected"),
        ({"a": {"b": 1, "c": [2]}}, "a/c: Expected a leaf"),
        ({"a": [1, 2]}, "a: Expected a dict"),
    ]:
        with pytest.raises(GDictError, match=match):
            tree.map_leaves_with(lambda x, y: x, data, (other,))


def test_lists_of_other_lengths_differ() -> None:
    with pytest.raises(GDictValueError, match=r"a: Expected 2 items"):
        tree.map_leaves_with(lambda x, y: x, {"a": [1, 2]}, ({"a": [1]},))


def test_walks_agree_on_order() -> None:
    data = {"b": [1, (2, 3)], "a": {"c": 4, 0: 5}}
    assert tree.collect_leaves(data, []) == [1, 2, 3, 4, 5]
    assert [leaf for _, leaf in tree.iterate_leaves(data)] == [1, 2, 3, 4, 5]
    assert tree.map_paths(lambda path, leaf: path, data)["a"] == {"c": ("a", "c"), 0: ("a", 0)}
