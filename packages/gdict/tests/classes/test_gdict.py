import copy
import pickle
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gdict import DictArray, GDict, GDictError, GDictIndexError, GDictValueError

ROWS = 5

INDICES = st.one_of(
    st.integers(-ROWS, ROWS - 1),
    st.slices(ROWS),
    st.just(...),
    st.just(None),
    st.lists(st.integers(-ROWS, ROWS - 1), max_size=7),
    hnp.arrays(bool, ROWS),
    st.tuples(st.slices(ROWS), st.integers(-2, 1)),
    st.tuples(st.just(...), st.integers(-2, 1)),
    st.tuples(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=4), st.slices(2)),
)


def nested() -> dict[str, Any]:
    return {
        "obs": {
            "rgb": np.arange(ROWS * 2 * 3).reshape(ROWS, 2, 3),
            "x": np.arange(10.0).reshape(ROWS, 2),
        },
        "list": [np.arange(ROWS * 2).reshape(ROWS, 2) * 10, (np.ones((ROWS, 2), bool),)],
    }


def naive(fn: Any, *trees: Any) -> Any:
    """Map by a second implementation, over dicts, lists and tuples."""
    if isinstance(trees[0], dict):
        return {key: naive(fn, *(t[key] for t in trees)) for key in trees[0]}
    if isinstance(trees[0], list | tuple):
        return type(trees[0])(naive(fn, *items) for items in zip(*trees, strict=True))
    return fn(*trees)


def as_array(index: Any) -> Any:
    """Return what NumPy takes for the same index: an empty list as integers."""
    if isinstance(index, tuple):
        return tuple(as_array(part) for part in index)
    return np.array(index, int) if isinstance(index, list) else index


def assert_same(mine: Any, expected: Any) -> None:
    naive(np.testing.assert_array_equal, mine.to_plain(), expected)


@given(INDICES)
def test_indexing_is_numpys_for_every_leaf(index: Any) -> None:
    plain = nested()
    assert_same(GDict(plain)[index], naive(lambda x: x[as_array(index)], plain))


@given(
    st.integers(-ROWS, ROWS - 1) | st.lists(st.integers(-ROWS, ROWS - 1)) | hnp.arrays(bool, ROWS)
)
def test_indexing_tensors_is_indexing_arrays(index: Any) -> None:
    plain = nested()
    tensors = GDict(plain).to_torch()
    assert_same(tensors[index].to_numpy(), naive(lambda x: x[as_array(index)], plain))
    as_tensor = torch.tensor(index, dtype=torch.int64) if isinstance(index, list) else index
    assert_same(GDict(plain)[as_tensor], naive(lambda x: x[as_array(index)], plain))


@given(INDICES, st.booleans())
def test_assignment_is_numpys_for_every_leaf(index: Any, from_nested: bool) -> None:
    mine, expected = GDict(nested()).copy(), naive(np.copy, nested())
    values = naive(lambda x: np.zeros_like(x[as_array(index)]), expected)
    mine[index] = values if from_nested else 0
    naive(lambda x, v: x.__setitem__(as_array(index), v), expected, values)
    assert_same(mine, expected)


def test_basic_indices_give_views() -> None:
    plain = nested()
    part = GDict(plain)[1:3]
    part["obs/x"][:] = -1
    assert (plain["obs"]["x"][1:3] == -1).all()
    assert not np.shares_memory(GDict(plain)[[1, 2]]["obs/x"], plain["obs"]["x"])


def test_overlapping_assignment_copies_first() -> None:
    for data in (GDict(nested()), GDict(nested()).to_torch()):
        data[1:] = data[:-1]
        np.testing.assert_array_equal(data["obs/x"][:, 0], [0, 0, 2, 4, 6])


def test_assignment_crosses_libraries() -> None:
    arrays, tensors = GDict(nested()), GDict(nested()).to_torch().copy()
    tensors[0:2] = arrays[3:5]
    arrays[0:2] = tensors[2:4]
    assert arrays["obs/x"][0, 0] == 4
    assert tensors["obs/x"][0, 0] == 6


def test_a_failed_assignment_writes_nothing_and_names_the_leaf() -> None:
    data, before = GDict(nested()), GDict(nested())
    values = data[0:2].copy()
    values["list/1"] = (np.zeros((4, 2), bool),)
    with pytest.raises(GDictValueError, match=r"list/1/0: .*shape"):
        data[0:2] = values
    with pytest.raises(GDictIndexError, match=r"obs/rgb"):
        data[9] = 0
    with pytest.raises(GDictValueError, match="The keys differ"):
        data[0] = {"obs": 1}
    assert data.equal(before)


def test_index_errors_name_the_leaf() -> None:
    data = GDict({"a": np.zeros((4, 2)), "b": {"c": np.zeros(3)}})
    with pytest.raises(GDictIndexError, match=r"b/c: .*out of bounds"):
        data[3]
    with pytest.raises(IndexError):
        data[:, 0]


def test_leaves_that_are_no_arrays_have_no_axes() -> None:
    data = GDict({"task": "drawer", "n": 3, "none": None, "x": np.arange(4)})
    part = data[1:3]
    assert part["task"] == "drawer"
    assert part["n"] == 3
    assert part["none"] is None
    data[1] = 7
    assert data["x"].tolist() == [0, 7, 2, 3]
    assert data["task"] == "drawer"


def test_a_container_read_by_key_shares_its_data() -> None:
    data = GDict({"obs": {"rgb": 1}})
    data["obs"]["rgb"] = 2
    data["obs"]["new"] = 3
    assert data.to_plain() == {"obs": {"rgb": 2, "new": 3}}


def test_the_callers_containers_are_never_changed() -> None:
    plain = {"a": {"b": 1}}
    data = GDict(plain)
    data["a/b"] = 2
    data.update({"a": {"c": 3}})
    assert plain == {"a": {"b": 1}}


def test_views_of_the_root_are_those_of_a_dict() -> None:
    data = GDict({"a": {"x": 1}, "b": 2})
    assert list(data) == list(data.keys()) == ["a", "b"]
    assert len(data) == 2
    assert isinstance(data.values().__iter__().__next__(), GDict)
    assert dict(data.items())["b"] == 2
    assert data.get("a/x") == 1
    assert data.get("a/y", 5) == 5
    assert list(GDict([7, 8]).items()) == [(0, 7), (1, 8)]


def test_update_merges_dicts_and_replaces_the_rest() -> None:
    data = GDict({"a": {"x": 1, "y": [1, 2]}, "b": 2})
    data.update({"a": {"y": [3], "z": 4}, "c": 5})
    assert data.to_plain() == {"a": {"x": 1, "y": [3], "z": 4}, "b": 2, "c": 5}
    with pytest.raises(TypeError):
        data.update([1])


def test_stack_and_concat_join_every_leaf() -> None:
    one, two = GDict(nested()), GDict(naive(lambda x: x * 2, nested()))
    for axis in (0, 1):
        assert_same(
            GDict.stack([one, two], axis),
            naive(lambda a, b: np.stack([a, b], axis), one.to_plain(), two.to_plain()),  # noqa: B023
        )
        assert_same(
            GDict.concat([one, two, one], axis),
            naive(
                lambda a, b: np.concatenate([a, b, a], axis),  # noqa: B023
                one.to_plain(),
                two.to_plain(),
            ),
        )
    assert_same(
        GDict.stack([one.to_torch(), two.to_torch()]).to_numpy(), GDict.stack([one, two]).to_plain()
    )


def test_stack_of_numbers_and_strings_gives_arrays() -> None:
    stacked = GDict.stack([{"n": 1, "s": "a"}, {"n": 2, "s": "bc"}])
    assert stacked["n"].tolist() == [1, 2]
    assert stacked["s"].tolist() == ["a", "bc"]


def test_joining_what_does_not_fit_names_the_path() -> None:
    with pytest.raises(GDictValueError, match=r"o/x: Only arrays of one shape"):
        GDict.stack([{"o": {"x": np.zeros((2, 6))}}, {"o": {"x": np.zeros((6, 2))}}])
    with pytest.raises(GDictValueError, match=r"o: The keys differ"):
        GDict.stack([{"o": {"x": 1}}, {"o": {"y": 1}}])
    with pytest.raises(GDictValueError, match="nothing to join"):
        GDict.concat([])


def test_pickle_and_copy_keep_class_and_data() -> None:
    for data in (GDict(nested()), DictArray(nested())):
        pickled = pickle.loads(pickle.dumps(data))  # noqa: S301 - made here
        for again in (pickled, copy.deepcopy(data)):
            assert type(again) is type(data)
            assert again.equal(data)


def test_data_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(GDictValueError, match="contains itself"):
        GDict(loop)
    deep: Any = 1
    for _ in range(sys.getrecursionlimit()):
        deep = [deep]
    with pytest.raises(GDictError, match="too deep"):
        GDict(deep)


def test_a_single_leaf_is_data_too() -> None:
    data = GDict(np.arange(6))
    assert data[2:4].to_plain().tolist() == [2, 3]
    assert len(data) == 0
    assert "x" not in data


def test_the_empty_gdict_has_nothing() -> None:
    assert GDict().to_plain() == {}
    assert len(DictArray()) == 0
