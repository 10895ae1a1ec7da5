"""Axes and values of every array of a tree, by one scheme: NumPy's names, `axis`, `keepdims`.

All act on NumPy arrays, tensors and datasets, which are read first; strings, Python numbers and
None pass through. Each is written for one array, and `on_arrays` makes it one for a tree.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gdict.aliases import Array, Axes, Index, Leaf, Sizes, Tree
from gdict.arrays import conversion
from gdict.arrays.backend import is_tensor
from gdict.errors import GDictTypeError, GDictValueError
from gdict.trees.walks import map_arrays, on_arrays

# ---------------------------------------------------------------- axes


@on_arrays
def squeeze(array: Array, axis: int | None = None) -> Array:
    """Remove one axis of size 1, or all of them."""
    if axis is None:
        return array.squeeze()
    if array.shape[_normalized_axis(array, axis)] != 1:
        raise GDictValueError(f"Axis {axis} of shape {tuple(array.shape)} is not of size 1.")
    return array.squeeze(axis)


@on_arrays
def unsqueeze(array: Array, axis: int) -> Array:
    """Insert an axis of size 1 at position `axis`."""
    return array.unsqueeze(axis) if is_tensor(array) else np.expand_dims(array, axis)


@on_arrays
def reshape(array: Array, shape: Sizes) -> Array:
    """Give every array the same new shape."""
    return array.reshape(shape)


@on_arrays
def split_dim(array: Array, axis: int, sizes: Sequence[int]) -> Array:
    """Replace one axis by several: `(6, 5)` with axis 0 and sizes (2, -1) is `(2, 3, 5)`."""
    axis = _normalized_axis(array, axis)
    return array.reshape((*array.shape[:axis], *sizes, *array.shape[axis + 1 :]))


@on_arrays
def transpose(array: Array, axis0: int, axis1: int) -> Array:
    """Swap two axes."""
    return array.swapaxes(axis0, axis1)


@on_arrays
def repeat(array: Array, count: int, axis: int = 0) -> Array:
    """Repeat every entry along `axis` `count` times: a, a, b, b."""
    return array.repeat_interleave(count, axis) if is_tensor(array) else array.repeat(count, axis)


@on_arrays
def tile(array: Array, counts: Sizes) -> Array:
    """Repeat the arrays as wholes: a, b, a, b; one count per axis, the last axes first."""
    if not is_tensor(array):
        return np.tile(array, counts)
    return array.tile((counts,) if isinstance(counts, int) else tuple(counts))


def _normalized_axis(array: Array, axis: int) -> int:
    """Return `axis` counted from the front, after checking that there is one."""
    if not -len(array.shape) <= axis < len(array.shape):
        raise GDictValueError(f"There is no axis {axis} in shape {tuple(array.shape)}.")
    return axis % len(array.shape)


# ---------------------------------------------------------------- values


@on_arrays
def clip(array: Array, low: Leaf = None, high: Leaf = None) -> Array:
    """Limit all values to `[low, high]`; None leaves that side open."""
    return array.clip(low, high)


@on_arrays
def mean(array: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Average over `axis`, or over all axes."""
    if is_tensor(array) and not (array.is_floating_point() or array.is_complex()):
        array = array.float()
    return _reduced(array, "mean", axis, keepdims)


@on_arrays
def sum(array: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Sum over `axis`, or over all axes."""
    return _reduced(array, "sum", axis, keepdims)


@on_arrays
def min(array: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Return the smallest values over `axis`, or over all axes."""
    return _reduced(array, "min", axis, keepdims)


@on_arrays
def max(array: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Return the largest values over `axis`, or over all axes."""
    return _reduced(array, "max", axis, keepdims)


def _reduced(
    array: Array, name: Literal["mean", "sum", "min", "max"], axis: Axes, keepdims: bool
) -> Array:
    if not is_tensor(array):
        return getattr(array, name)(axis=axis, keepdims=keepdims)
    axes = tuple(range(array.ndim)) if axis is None else axis
    method = {"mean": "mean", "sum": "sum", "min": "amin", "max": "amax"}[name]
    return getattr(array, method)(dim=axes, keepdim=keepdims)


@on_arrays
def take(array: Array, indices: Index, axis: int = 0) -> Array:
    """Copy the entries at `indices` along `axis`; a single integer removes the axis."""
    if not is_tensor(array):
        return np.take(array, indices, axis=axis)
    import torch

    axis = _normalized_axis(array, axis)
    positions = torch.as_tensor(indices, device=array.device)
    if positions.numel() and positions.dtype.is_floating_point:
        raise GDictTypeError(f"Indices must be integers, got {conversion.dtype_name(positions)}.")
    positions = torch.where(positions < 0, positions + array.shape[axis], positions).long()
    chosen = array.index_select(axis, positions.flatten())
    return chosen.reshape(*array.shape[:axis], *positions.shape, *array.shape[axis + 1 :])


def select_with_mask(tree: Tree, mask: Array) -> Tree:
    """Copy the entries where the boolean `mask` is true, along the mask's axes."""
    chosen = _as_mask(mask)
    return map_arrays(lambda array: _selected(array, chosen), tree)


def recover_with_mask(tree: Tree, mask: Array, fill: Leaf = 0) -> Tree:
    """Undo `select_with_mask`; entries where the mask is false become `fill`."""
    chosen = _as_mask(mask)
    return map_arrays(lambda array: _recovered(array, chosen, fill), tree)


def _as_mask(mask: Array) -> np.ndarray:
    array = np.asarray(conversion.to_numpy(mask))
    if array.dtype != np.bool_:
        raise GDictValueError(f"A mask must be boolean, got {array.dtype}.")
    return array


def _selected(array: Array, mask: np.ndarray) -> Array:
    if mask.shape != tuple(array.shape[: mask.ndim]):
        raise GDictValueError(
            f"A mask of shape {mask.shape} does not fit an array of shape {tuple(array.shape)}."
        )
    return array[_on_device(mask, array)]


def _recovered(array: Array, mask: np.ndarray, fill: Leaf) -> Array:
    if array.shape[0] != mask.sum():
        raise GDictValueError(f"The mask selects {mask.sum()} entries, got {array.shape[0]}.")
    shape = (*mask.shape, *array.shape[1:])
    full = array.new_full(shape, fill) if is_tensor(array) else np.full(shape, fill, array.dtype)
    full[_on_device(mask, array)] = array
    return full


def _on_device(mask: np.ndarray, array: Array) -> Array:
    if not is_tensor(array):
        return mask
    import torch

    return torch.from_numpy(mask).to(array.device)
