import inspect
from pathlib import Path

import numpy as np
import pytest

from gdict import DictArray, GDict, SharedGDict, open_hdf5, save_hdf5
from gdict.trees import operations

DATA = {"a": np.arange(6.0).reshape(2, 3), "b": {"c": np.zeros((2, 1))}}


@pytest.mark.parametrize("kind", [GDict, DictArray])
def test_what_keeps_every_shape_keeps_the_class(kind: type[GDict]) -> None:
    data = kind(DATA)
    for result in (data.astype("float32"), data.copy(), data.clip(0, 1), data["b"]):
        assert type(result) is kind


@pytest.mark.parametrize("kind", [GDict, DictArray])
def test_what_changes_shapes_gives_a_gdict(kind: type[GDict]) -> None:
    data = kind(DATA)
    for result in (data.sum(), data.transpose(0, 1), data.map(np.sum), data[0]):
        assert type(result) is GDict


def test_a_part_of_shared_memory_is_shared_and_a_result_is_not() -> None:
    shared = SharedGDict(DATA)
    assert type(shared["b"]) is SharedGDict
    assert type(shared.astype("float32")) is type(shared[0]) is GDict


def test_methods_have_the_text_and_arguments_of_their_functions() -> None:
    assert GDict.mean.__doc__ == operations.mean.__doc__
    assert list(inspect.signature(GDict(DATA).mean).parameters) == ["axis", "keepdims"]
    np.testing.assert_array_equal(GDict(DATA).mean(axis=1)["a"], [1, 4])


def test_a_part_of_an_open_file_is_a_gdict(tmp_path: Path) -> None:
    save_hdf5(DATA, tmp_path / "x.h5")
    with open_hdf5(tmp_path / "x.h5") as opened:
        assert type(opened["b"]) is type(opened[0]) is type(opened.copy()) is GDict
        assert type(type(opened).stack([opened, opened])) is GDict
