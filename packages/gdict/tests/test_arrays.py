from typing import Any

import numpy as np
import pytest
import torch

from gdict import GDictTypeError, GDictValueError, arrays

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)
CUBE = np.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_stacking_is_numpys(axis: int) -> None:
    items = [MATRIX, MATRIX * 2, MATRIX * 3]
    expected = np.stack(items, axis)
    np.testing.assert_array_equal(arrays.stack(items, axis), expected)
    np.testing.assert_array_equal(arrays.stack(list(map(torch.from_numpy, items)), axis), expected)


@pytest.mark.parametrize("other", [(3, 2), (2, 4), (2,), (2, 3, 1)])
def test_arrays_of_other_shapes_are_not_stacked(other: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - NumPy's own text where the rows agree
        arrays.stack([MATRIX, np.zeros(other)], 0)


def test_stacking_a_longer_array_names_the_shapes() -> None:
    with pytest.raises(GDictValueError, match=r"one shape.*\(2, 3\)"):
        arrays.stack([MATRIX, np.zeros((5, 3))], 0)


def test_text_and_times_do_not_become_tensors() -> None:
    torch_ready = np.array([1, 2], ">i4")
    assert arrays.to_torch(torch_ready).tolist() == [1, 2]
    for array in (np.array(["a"]), np.array(["2026-01-02"], "M8[D]")):
        assert arrays.to_torch(array) is array


def test_tensors_share_writable_memory_and_copy_the_rest() -> None:
    own = MATRIX.copy()
    arrays.to_torch(own)[0, 0] = 9
    assert own[0, 0] == 9
    fixed = MATRIX.copy()
    fixed.flags.writeable = False
    arrays.to_torch(fixed)[0, 0] = 9
    assert fixed[0, 0] == 0
    assert arrays.to_torch(own[::-1]).tolist() == own[::-1].tolist()


def test_a_type_that_numpy_lacks_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(GDictTypeError, match=r"astype"):
        arrays.to_numpy(torch.zeros(2, dtype=torch.bfloat16))


@pytest.mark.parametrize("kind", ["mean", "sum", "min", "max"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_tensors_are_those_of_arrays(kind: Any, axis: Any, keepdims: bool) -> None:
    expected = getattr(CUBE, kind)(axis=axis, keepdims=keepdims)
    for array in (CUBE, torch.from_numpy(CUBE)):
        np.testing.assert_allclose(arrays.reduce(array, kind, axis, keepdims), expected)


def test_take_with_negative_positions_is_the_same_for_tensors() -> None:
    for indices in ([0, -1, -1], 1, -1, np.array([[0, -1], [2, 2]]), []):
        expected = np.take(CUBE, np.asarray(indices, int), axis=1)
        found = arrays.take(torch.from_numpy(CUBE), indices, 1)
        np.testing.assert_array_equal(found, expected)


def test_positions_to_take_are_integers() -> None:
    with pytest.raises(GDictTypeError, match=r"integers, got float32"):
        arrays.take(torch.from_numpy(CUBE), [0.5], 1)


def test_a_tensor_has_no_type_of_objects() -> None:
    with pytest.raises(GDictTypeError, match=r"data type object"):
        arrays.astype(torch.zeros(2), object)


def test_an_axis_that_does_not_exist_is_named() -> None:
    with pytest.raises(GDictValueError, match=r"no axis 3 in shape \(2, 3\)"):
        arrays.split_dim(MATRIX, 3, (1, 2))
    with pytest.raises(GDictValueError, match="not of size 1"):
        arrays.squeeze(MATRIX, 1)
    with pytest.raises(GDictValueError, match=r"no axis 2"):
        arrays.squeeze(MATRIX, 2)
