from typing import Any

import numpy as np
import pytest

from gdict import DictArray, GDict, GDictKeyError, GDictTypeError, GDictValueError
from gdict.trees import key_paths


def nested() -> GDict:
    return GDict({"obs": {"rgb": 1, 3: 2}, "list": [{"x": 4}, 5], "pair": (6, 7), "text": "abc"})


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("obs/rgb", 1),
        (("obs", "rgb"), 1),
        ("obs/3", 2),
        (("obs", 3), 2),
        ("list/0/x", 4),
        (("list", 0, "x"), 4),
        (("list", "1"), 5),
        ("pair/1", 7),
    ],
)
def test_paths_lead_to_leaves(key: Any, expected: int) -> None:
    assert nested()[key] == expected
    assert key in nested()


@pytest.mark.parametrize(
    "key", ["obz", "obs/rgb/x", "list/2", "list/-1", "list/01", "pair/x", "", "obs/", "text/0"]
)
def test_paths_that_lead_nowhere_are_errors(key: str) -> None:
    assert key not in nested()
    with pytest.raises(GDictKeyError):
        nested()[key]
    with pytest.raises(KeyError):
        del nested()[key]


def test_errors_name_the_place_and_the_nearest_key() -> None:
    with pytest.raises(GDictKeyError, match=r"obs: There is no key 'rbg'. Did you mean 'rgb'"):
        nested()["obs/rbg"]
    with pytest.raises(GDictKeyError, match=r"list: There is no item '2': this list has 2 items"):
        nested()["list/2"]


def test_fields_of_structured_arrays_are_no_keys() -> None:
    record = np.zeros(3, [("x", int)])
    with pytest.raises(GDictKeyError, match=r"record"):
        GDict({"record": record})["record/x"]


def test_a_path_does_not_mix_with_an_index() -> None:
    with pytest.raises(GDictTypeError, match=r"second pair of brackets"):
        nested()["obs", 2:5]


def test_set_replaces_and_creates() -> None:
    data = nested()
    data["obs/rgb"] = 10
    data["new/deep/x"] = [1, {"y": 2}]
    data["list/1"] = 50
    data["list", 0, "x"] = 40
    data["obs/3"] = 20
    assert data.to_plain() == {
        "obs": {"rgb": 10, 3: 20},
        "list": [{"x": 40}, 50],
        "pair": (6, 7),
        "text": "abc",
        "new": {"deep": {"x": [1, {"y": 2}]}},
    }


def test_set_copies_the_containers_of_the_value() -> None:
    value = {"a": 1}
    data = GDict({})
    data["x"] = value
    data["x/a"] = 2
    assert value == {"a": 1}


@pytest.mark.parametrize("key", ["list/2", "pair/0", "obs/rgb/x", "a//b", "", "a/"])
def test_set_where_nothing_can_be_is_an_error_and_changes_nothing(key: str) -> None:
    data = nested()
    with pytest.raises((GDictKeyError, GDictTypeError)):
        data[key] = 1
    assert data.to_plain() == nested().to_plain()


def test_delete_removes_leaves_items_and_containers() -> None:
    data = nested()
    del data["obs/3"]
    del data["list/0"]
    del data["pair"]
    assert data.to_plain() == {"obs": {"rgb": 1}, "list": [5], "text": "abc"}
    with pytest.raises(GDictTypeError, match=r"index"):
        del data[0]
    with pytest.raises(GDictTypeError, match=r"tuple"):
        del nested()["pair/0"]


def test_is_key_tells_paths_from_indices() -> None:
    assert all(key_paths.is_key(key) for key in ["a", ("a",), ("a", 0)])
    assert not any(key_paths.is_key(key) for key in [0, (0, "a"), (), slice(None), None, ..., [0]])


@pytest.mark.parametrize("key", [("new", -1), ("new", ""), ("new", "a/b")])
def test_no_path_creates_a_key_that_containers_may_not_have(key: Any) -> None:
    data = nested()
    with pytest.raises(GDictKeyError, match=r"A key must"):
        data[key] = 1


def test_update_finds_numbers_by_their_text() -> None:
    data = GDict({"5": {"a": 1}, 6: 2})
    data.update({5: {"b": 3}, "6": 4})
    assert data.to_plain() == {"5": {"a": 1, "b": 3}, 6: 4}


def test_keys_of_an_iteration_are_in_the_data() -> None:
    data = GDict({5: np.arange(9), "a": 1})
    assert [data.get(key) is not None and key in data for key in data] == [True, True]
    assert data.get(5) is data["5"]
    assert 4 not in data
    assert nested()["list", np.int64(1)] == 5


def test_merging_leaves_both_as_they_are() -> None:
    first = GDict({"obs": {"rgb": 1, "depth": 2}, "n": 3})
    second = {"obs": {"rgb": 4}, "m": 5}
    assert (first | second).to_dict() == {"obs": {"rgb": 4, "depth": 2}, "n": 3, "m": 5}
    assert (second | first).to_dict() == {"obs": {"rgb": 1, "depth": 2}, "m": 5, "n": 3}
    assert first.to_dict() == {"obs": {"rgb": 1, "depth": 2}, "n": 3}
    same = first
    first |= second
    assert same["m"] == 5
    with pytest.raises(GDictTypeError, match="Only a dictionary"):
        first | [1, 2]


def test_rows_that_are_merged_stay_rows() -> None:
    rows = DictArray({"a": np.arange(3)})
    assert len(rows | {"b": np.ones((3, 2))}) == 3
    with pytest.raises(GDictValueError, match="b: Expected 3 rows as `a` has, got 2"):
        rows | {"b": np.ones(2)}


def test_children_get_other_key_paths() -> None:
    data = GDict({"obs": {"rgb": 1, "depth": 2}, "list": [5], "n": 3})
    renamed = data.rename({"obs/rgb": "image/front", "n": ("obs", "n")})
    assert renamed.to_dict() == {
        "obs": {"depth": 2, "n": 3},
        "list": [5],
        "image": {"front": 1},
    }
    swapped = data.rename({"obs/rgb": "obs/depth", "obs/depth": "obs/rgb"})
    assert swapped["obs"].to_dict() == {"depth": 1, "rgb": 2}
    assert data["obs/rgb"] == 1


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ({"obs/rbg": "x"}, GDictKeyError, "obs: There is no key 'rbg'"),
        ({"obs/rgb": "n"}, GDictKeyError, "n: There is something at the new path already"),
        ({"list/0": "x"}, GDictTypeError, "list/0: Items of lists and tuples have numbers"),
        ({"n": "a/"}, GDictKeyError, "empty"),
    ],
)
def test_names_that_do_not_fit_are_refused(names: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        GDict({"obs": {"rgb": 1}, "list": [5], "n": 3}).rename(names)


def test_only_a_dictionary_becomes_one() -> None:
    with pytest.raises(GDictTypeError, match="The root is a list and no dict; see `to_plain`"):
        GDict([1]).to_dict()
