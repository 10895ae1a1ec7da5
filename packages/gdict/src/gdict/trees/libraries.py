"""Library, type and device of every array of a tree.

NumPy arrays, tensors and datasets, which are read first, are converted; strings, Python numbers
and None pass through.
"""

import numpy as np

from gdict.aliases import Array, Device, Dtype, Leaf, Tree
from gdict.arrays import conversion
from gdict.arrays.backend import NUMPY_TYPES, is_tensor, require
from gdict.pytree import register_loaded
from gdict.trees.walks import map_arrays, on_arrays

astype = on_arrays(conversion.astype)
to_numpy = on_arrays(conversion.to_numpy)


def to_torch(
    tree: Tree, device: Device = None, dtype: Dtype = None, non_blocking: bool = False
) -> Tree:
    """Return numeric arrays as tensors; writable memory is shared.

    Args:
        tree: The nesting of arrays.
        device: A torch device or its name; None leaves tensors where they are.
        dtype: A name such as `float32` or a torch type; None keeps each leaf's.
        non_blocking: Whether copies from pinned memory may overlap with computation.

    Raises:
        MissingExtraError: If torch is not installed.
    """
    require("torch", "torch")
    register_loaded()  # torch may have been imported after the last GDict was made
    if device is None and dtype is None:
        return map_arrays(conversion.as_tensor, tree)
    return map_arrays(lambda x: conversion.to_torch(x, device, dtype, non_blocking), tree)


def cuda(tree: Tree, device: Device = "cuda", non_blocking: bool = False) -> Tree:
    """Return all numeric arrays as tensors on a CUDA device."""
    return to_torch(tree, device, non_blocking=non_blocking)


@on_arrays
def to(array: Array, device: Device, non_blocking: bool = False) -> Array:
    """Move tensors to a device; NumPy arrays stay, since they have only one."""
    return array.to(device, non_blocking=non_blocking) if is_tensor(array) else array


def cpu(tree: Tree) -> Tree:
    """Move tensors to main memory."""
    return to(tree, "cpu")


@on_arrays
def pin_memory(array: Array) -> Array:
    """Return tensors in page-locked memory, from where copies to a GPU are fast."""
    return array.pin_memory() if is_tensor(array) else array


@on_arrays
def detach(array: Array) -> Array:
    """Return tensors without their gradient history."""
    return array.detach() if is_tensor(array) else array


def float(tree: Tree) -> Tree:
    """Convert all arrays to float32."""
    return astype(tree, "float32")


def half(tree: Tree) -> Tree:
    """Convert all arrays to float16."""
    return astype(tree, "float16")


def copy(tree: Tree) -> Tree:
    """Copy every array."""
    return map_arrays(_copied, tree)


def _copied(array: Array) -> Array:
    return array.copy() if isinstance(array, NUMPY_TYPES) else array.clone()


@on_arrays
def contiguous(array: Array) -> Array:
    """Return arrays whose memory is in C order; copies only those that are not."""
    return array.contiguous() if is_tensor(array) else np.asarray(array, order="C")


@on_arrays
def zeros_like(array: Array) -> Array:
    """Return zeros of the same shapes, types and devices."""
    return array.new_zeros(array.shape) if is_tensor(array) else np.zeros_like(array)[()]


@on_arrays
def to_list(array: Array) -> Leaf:
    """Return the nesting with arrays as lists of Python numbers, ready for JSON."""
    return array.tolist()


@on_arrays
def item(array: Array) -> Leaf:
    """Return arrays of one element as Python numbers."""
    return array.item()
