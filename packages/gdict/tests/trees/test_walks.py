import h5py
import numpy as np
import pytest

from gdict import GDictError, GDictValueError
from gdict.trees import walks as tree


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


@tree.on_arrays
def scaled(array: np.ndarray, factor: int = 2) -> np.ndarray:
    """Multiply."""
    return array * factor


def test_a_function_of_arrays_reads_datasets_and_lets_the_rest_pass(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        data = {"a": [np.arange(3), "text", 7], "d": file.create_dataset("d", data=[1, 2])}
        found = scaled(data, factor=3)
    assert found["a"][0].tolist() == [0, 3, 6]
    assert found["a"][1:] == ["text", 7]
    assert found["d"].tolist() == [3, 6]
    assert scaled(np.ones(2)).tolist() == [2, 2]
    assert scaled.__doc__ == "Multiply."
