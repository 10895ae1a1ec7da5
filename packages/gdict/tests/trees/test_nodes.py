from collections import OrderedDict
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest

from gdict import GDict, GDictKeyError, GDictValueError
from gdict.trees import nodes as tree


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


def test_gdicts_are_unwrapped_wherever_they_lie() -> None:
    inner = GDict({"x": [1]})
    owned = tree.own({"a": inner, "b": (inner,)})
    assert owned == {"a": {"x": [1]}, "b": ({"x": [1]},)}
    assert owned["a"] is not inner._gdict_tree


@pytest.mark.parametrize(
    ("other", "message"),
    [({"a": 1}, r"\['b'\] are missing"), ([1, 2], "Expected a dict"), ((1,), "Expected a dict")],
)
def test_other_keys_are_named(other: object, message: str) -> None:
    with pytest.raises(GDictValueError, match=message):
        tree.check_same_keys({"a": 1, "b": 2}, other)


def test_children_of_every_container_have_keys() -> None:
    assert list(tree.children({"a": 1, 0: 2})) == [("a", 1), (0, 2)]
    assert list(tree.children((5, 6))) == [(0, 5), (1, 6)]
    assert list(tree.children("text")) == []
