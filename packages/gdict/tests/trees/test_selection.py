import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdict import GDict, GDictKeyError

PLAIN = {"obs": {"rgb": 1, "depth": 2, 4: 3}, "actions": 5, "list": [6, {"x": 7}], "empty": {}}
PATHS = ["obs/rgb", "obs/depth", "obs/4", "actions", "list/0", "list/1/x"]


def nested() -> GDict:
    return GDict(PLAIN)


@given(st.lists(st.sampled_from([*PATHS, "obs", "list", "list/1"])))
def test_selection_keeps_exactly_the_leaves_at_or_below(chosen: list[str]) -> None:
    selected = nested().select_by_keys(chosen).flatten_keys()
    excluded = nested().exclude_keys(chosen).flatten_keys()
    below = {p for p in PATHS if any(p == c or p.startswith(f"{c}/") for c in chosen)}
    assert set(selected) == below
    assert set(excluded) == set(PATHS) - below
    assert all(value == nested()[path] for path, value in (selected | excluded).items())


def test_a_single_path_may_stand_alone() -> None:
    assert nested().select_by_keys("obs/4").to_plain() == {"obs": {4: 3}}
    assert nested().select_by_keys(("obs", 4)).to_plain() == {"obs": {4: 3}}


def test_selecting_all_items_keeps_the_list() -> None:
    assert nested().select_by_keys("list").to_plain() == {"list": [6, {"x": 7}]}
    assert nested().select_by_keys("list/1").to_plain() == {"list": {1: {"x": 7}}}
    assert nested().select_by_keys("empty").to_plain() == {"empty": {}}


def test_selecting_what_is_not_there_is_an_error() -> None:
    for method in (nested().select_by_keys, nested().exclude_keys):
        with pytest.raises(GDictKeyError, match=r"obs: .*'rgb'"):
            method(["actions", "obs/rbg"])


def test_filter_takes_a_pattern_or_a_predicate() -> None:
    assert nested().filter("^obs/[rd]").to_plain() == {"obs": {"rgb": 1, "depth": 2}}
    assert nested().filter(re.compile("x$")).paths() == ["list/1/x"]
    assert nested().filter(lambda path, leaf: leaf > 4).paths() == ["actions", "list/0", "list/1/x"]


def test_flat_and_nested_are_inverse() -> None:
    flat = nested().flatten_keys()
    assert flat == dict(zip(PATHS, [1, 2, 3, 5, 6, 7], strict=True))
    again = GDict.unflatten_keys(flat)
    assert again.to_plain() == {
        "obs": {"rgb": 1, "depth": 2, "4": 3},
        "actions": 5,
        "list": [6, {"x": 7}],
    }


@pytest.mark.parametrize("flat", [{"a": 1, "a/b": 2}, {"a/b": 2, "a": 1}, {"a//b": 1}, {"": 1}])
def test_flat_paths_that_contradict_or_are_damaged_are_errors(flat: dict[str, int]) -> None:
    with pytest.raises(GDictKeyError):
        GDict.unflatten_keys(flat)


def test_paths_into_a_container_leave_the_callers_as_it_was() -> None:
    inner = {"x": {"y": 1}}
    flat = {"a": inner, "a/b": 2, "a/x/z": 3}
    assert GDict.unflatten_keys(flat).to_plain() == {"a": {"x": {"y": 1, "z": 3}, "b": 2}}
    assert inner == {"x": {"y": 1}}


def test_a_wrong_key_in_a_container_of_a_flat_form_is_named_by_its_whole_path() -> None:
    with pytest.raises(GDictKeyError, match=r"^o/a/b/: A key must not be empty"):
        GDict.unflatten_keys({"o/a": {"b": {"": 1}}})
