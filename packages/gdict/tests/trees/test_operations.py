from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gdict import DictArray, GDict, GDictError, GDictTypeError, GDictValueError
from gdict.trees import operations

A = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4) - 7
B = np.arange(2 * 3 * 5, dtype=np.int64).reshape(2, 3, 5) - 9
CUBE = np.arange(24).reshape(2, 3, 4)
MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)
MASK = np.array([[True, False, True], [False, False, True]])

# Each operation, and the same on one NumPy array.
CASES: dict[str, tuple[Callable[[GDict], GDict], Callable[[np.ndarray], Any]]] = {
    "astype": (lambda d: d.astype("float16"), lambda x: x.astype(np.float16)),
    "float": (lambda d: d.float(), lambda x: x.astype(np.float32)),
    "half": (lambda d: d.half(), lambda x: x.astype(np.float16)),
    "copy": (lambda d: d.copy(), lambda x: x),
    "contiguous": (lambda d: d.transpose(0, 2).contiguous(), lambda x: x.transpose(2, 1, 0)),
    "zeros_like": (lambda d: d.zeros_like(), np.zeros_like),
    "clip": (lambda d: d.clip(-2, 5), lambda x: x.clip(-2, 5)),
    "clip below": (lambda d: d.clip(low=0), lambda x: np.maximum(x, 0)),
    "squeeze": (lambda d: d.unsqueeze(1).squeeze(1), lambda x: x),
    "squeeze all": (lambda d: d.unsqueeze(0).squeeze(), lambda x: x),
    "unsqueeze": (lambda d: d.unsqueeze(-1), lambda x: x[..., None]),
    "reshape": (lambda d: d.reshape((3, -1)), lambda x: x.reshape(3, -1)),
    "split_dim": (lambda d: d.split_dim(1, (3, 1)), lambda x: x.reshape(2, 3, 1, -1)),
    "transpose": (lambda d: d.transpose(0, 2), lambda x: x.swapaxes(0, 2)),
    "repeat": (lambda d: d.repeat(3, axis=1), lambda x: x.repeat(3, axis=1)),
    "tile": (lambda d: d.tile((2, 1, 3)), lambda x: np.tile(x, (2, 1, 3))),
    "tile last": (lambda d: d.tile(2), lambda x: np.tile(x, 2)),
    "mean": (lambda d: d.mean(), np.mean),
    "mean axis": (lambda d: d.mean(1, keepdims=True), lambda x: x.mean(1, keepdims=True)),
    "sum axes": (lambda d: d.sum((0, 2)), lambda x: x.sum((0, 2))),
    "min": (lambda d: d.min(axis=-1), lambda x: x.min(-1)),
    "max": (lambda d: d.max(), np.max),
    "take": (lambda d: d.take([2, -1, 0], axis=1), lambda x: x.take([2, -1, 0], axis=1)),
    "take one": (lambda d: d.take(1, axis=2), lambda x: x[:, :, 1]),
    "select": (lambda d: d.select_with_mask(MASK), lambda x: x[MASK]),
    "recover": (
        lambda d: d.select_with_mask(MASK).recover_with_mask(MASK, fill=-1),
        lambda x: np.where(MASK[..., None], x, -1),
    ),
    "to_torch": (lambda d: d.to_torch(), lambda x: x),
    "to_torch type": (lambda d: d.to_torch(dtype="float64"), lambda x: x.astype(np.float64)),
    "cpu": (lambda d: d.cpu(), lambda x: x),
    "detach": (lambda d: d.detach(), lambda x: x),
}


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", CASES)
def test_operations_compute_what_numpy_does(name: str, library: str) -> None:
    operation, expected = CASES[name]
    data = GDict({"a": A.copy(), "list": [B.copy(), "text"], "n": 3})
    if library == "torch":
        data = data.to_torch()
    result = operation(data)
    assert result["list/1"] == "text"
    assert result["n"] == 3
    for path, source in (("a", A), ("list/0", B)):
        assert isinstance(result[path], torch.Tensor) == (library == "torch" or "torch" in name)
        found, wanted = np.asarray(result[path]), np.asarray(expected(source))
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        if not name.startswith("mean"):  # torch has no mean of integers; it is taken in float32
            sizes = found.dtype.itemsize, wanted.dtype.itemsize
            assert sizes[0] == sizes[1], name


@pytest.mark.parametrize(
    "operation",
    [lambda d: d.clip(0), lambda d: d.float(), lambda d: d.to_torch(), lambda d: d.copy()],
)
def test_operations_that_keep_shapes_keep_the_class(operation: Callable[[GDict], GDict]) -> None:
    assert type(operation(DictArray({"a": A}))) is DictArray
    assert type(operation(GDict({"a": A}))) is GDict
    assert type(DictArray({"a": A}).mean(0)) is GDict


def test_map_covers_the_rest() -> None:
    data = GDict({"a": A, "b": [B]})
    result = data.map(lambda x, y: x + y, {"a": 1, "b": [2]})
    np.testing.assert_array_equal(result["a"], A + 1)
    np.testing.assert_array_equal(result["b/0"], B + 2)
    assert data.map_with_path(lambda path, leaf: path).to_plain() == {"a": "a", "b": ["b/0"]}


@pytest.mark.parametrize(
    ("operation", "error", "match"),
    [
        (lambda d: d.reshape((7, 1)), GDictError, "x/a: "),
        (lambda d: d.squeeze(1), GDictValueError, r"x/a: Axis 1 of shape \(2, 3, 4\)"),
        (lambda d: d.split_dim(5, (1, 2)), GDictValueError, "x/a: There is no axis 5"),
        (lambda d: d.select_with_mask(np.ones(5, bool)), GDictValueError, r"x/a: .*\(5,\)"),
        (lambda d: d.recover_with_mask(np.ones(5, bool)), GDictValueError, "x/a: .*selects 5"),
        (lambda d: d.select_with_mask(np.ones(2)), GDictValueError, "must be boolean"),
        (lambda d: d.take(9, axis=0), IndexError, "x/a: "),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_failures_name_the_leaf(
    operation: Callable[[GDict], Any], error: type[Exception], match: str, library: str
) -> None:
    data = GDict({"x": {"a": A}})
    with pytest.raises(error, match=match):
        operation(data.to_torch() if library == "torch" else data)


@pytest.mark.parametrize("kind", ["mean", "sum", "min", "max"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_tensors_are_those_of_arrays(kind: str, axis: Any, keepdims: bool) -> None:
    expected = getattr(CUBE, kind)(axis=axis, keepdims=keepdims)
    for array in (CUBE, torch.from_numpy(CUBE)):
        np.testing.assert_allclose(getattr(operations, kind)(array, axis, keepdims), expected)


def test_take_with_negative_positions_is_the_same_for_tensors() -> None:
    for indices in ([0, -1, -1], 1, -1, np.array([[0, -1], [2, 2]]), []):
        expected = np.take(CUBE, np.asarray(indices, int), axis=1)
        found = operations.take(torch.from_numpy(CUBE), indices, 1)
        np.testing.assert_array_equal(found, expected)


def test_positions_to_take_are_integers() -> None:
    with pytest.raises(GDictTypeError, match=r"integers, got float32"):
        operations.take(torch.from_numpy(CUBE), [0.5], 1)


def test_an_axis_that_does_not_exist_is_named() -> None:
    with pytest.raises(GDictValueError, match=r"no axis 3 in shape \(2, 3\)"):
        operations.split_dim(MATRIX, 3, (1, 2))
    with pytest.raises(GDictValueError, match="not of size 1"):
        operations.squeeze(MATRIX, 1)
    with pytest.raises(GDictValueError, match=r"no axis 2"):
        operations.squeeze(MATRIX, 2)
