import numpy as np
import pytest

from gdict import DictArray, GDict, SharedGDict

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
