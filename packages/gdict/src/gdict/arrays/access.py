"""Reading and assigning `leaf[index]`: NumPy, torch and h5py behind one meaning."""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from gdict.aliases import Array, Index, Leaf
from gdict.arrays.backend import is_array, is_dataset, is_tensor
from gdict.arrays.conversion import as_tensor
from gdict.arrays.datasets import read_dataset
from gdict.errors import GDictIndexError, GDictValueError

BASIC_TYPES = (int, slice, type(None), type(...))
"""Types of the parts of an index that mean the same to every library as they stand; a tuple, which
torch 2.8 can trace, unlike a set of types."""


def advanced_reader(index: Index) -> Callable[[Leaf], Leaf]:
    """Return the function that reads `leaf[index]`, where `index` has arrays for lists."""
    for_numpy = _with_arrays(index)

    def read(leaf: Leaf) -> Leaf:
        if type(leaf) is np.ndarray:
            return leaf[for_numpy]
        if is_tensor(leaf):
            return leaf[_with_tensors(index)]
        return read_other(leaf, for_numpy)

    return read


def read_other(leaf: Leaf, index: Index) -> Leaf:
    """Return `leaf[index]` of any leaf but a tensor, with an index as NumPy takes it."""
    if is_dataset(leaf):
        return read_dataset(leaf, index)
    return leaf[index] if is_array(leaf) else leaf


def write(leaf: Leaf, index: Index, value: Leaf) -> None:
    """Assign `leaf[index] = value`; leaves that are no arrays stay as they are."""
    index = normalized(index)
    if is_tensor(leaf):
        leaf[_with_tensors(index)] = _source_for_tensor(leaf, value)
    elif isinstance(leaf, np.ndarray):
        source = value.detach().cpu().numpy() if is_tensor(value) else value
        leaf[_with_arrays(index)] = source


def _source_for_tensor(leaf: Array, value: Leaf) -> Leaf:
    if isinstance(value, np.ndarray):
        return as_tensor(value)
    if is_tensor(value) and value.data_ptr() and _storage(value) == _storage(leaf):
        return value.clone()  # unlike NumPy, torch refuses to copy between overlapping views
    return value


def _storage(tensor: Array) -> int:
    return int(tensor.untyped_storage().data_ptr())


def check_assignable(leaf: Leaf, index: Index, value: Leaf) -> None:
    """Raise unless `leaf[index] = value` would work, before anything is written.

    Raises:
        GDictIndexError: If `index` does not fit the leaf.
        GDictValueError: If the leaf is no array in memory, or the shapes do not fit.
        Exception: What the library raises for a value that the leaf's data type cannot hold.
    """
    if not is_array(leaf):
        return
    if not (is_tensor(leaf) or isinstance(leaf, np.ndarray)):
        raise GDictValueError(
            f"Only arrays and tensors in memory can be assigned to, not {type(leaf).__name__}."
        )
    if isinstance(leaf, np.ndarray) and not leaf.flags.writeable:
        raise GDictValueError("This array is read-only; assign to a copy().")
    stand_in = np.broadcast_to(np.False_, tuple(leaf.shape))
    try:
        target = stand_in[_with_arrays(normalized(index))].shape
    except IndexError as error:
        raise GDictIndexError(f"The index does not fit shape {stand_in.shape}: {error}.") from None
    shape = tuple(getattr(value, "shape", ()))
    try:
        fits = np.broadcast_shapes(shape, target) == target
    except ValueError:
        fits = False
    if not fits:
        raise GDictValueError(f"A value of shape {shape} does not fit the target shape {target}.")
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biufc":
        value = value.tolist()  # text and times, which few types can hold
    if not hasattr(value, "shape"):
        leaf.new_tensor(value) if is_tensor(leaf) else np.asarray(value, leaf.dtype)


def normalized(index: Index) -> Index:
    """Return `index` with sequences as arrays, so that each leaf need not convert them again."""
    if isinstance(index, tuple):
        return tuple(_normalized_part(part) for part in index)
    return _normalized_part(index)


def _normalized_part(part: Index) -> Index:
    if type(part) in BASIC_TYPES:
        return part
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, list | range | tuple):
        try:
            return np.asarray(part) if len(part) else np.zeros(0, np.intp)
        except ValueError as error:
            raise GDictIndexError(f"The index {part!r} is not rectangular.") from error
    if isinstance(part, bool | np.bool_):
        raise GDictIndexError(f"A mask has one boolean per entry, got only {part}.")
    return part


def is_basic(index: Index) -> bool:
    """Return whether `index` means the same to every library as it stands."""
    if isinstance(index, tuple):
        return all(type(part) in BASIC_TYPES for part in index)
    return type(index) in BASIC_TYPES


def _with_arrays(index: Index) -> Index:
    if isinstance(index, tuple):
        return tuple(_with_arrays(part) for part in index)
    return index.cpu().numpy() if is_tensor(index) else index


def _with_tensors(index: Index) -> Index:
    """Return `index` in a form that torch understands as NumPy does."""
    if not isinstance(index, tuple):
        return _tensor_part(index)
    parts = tuple(_tensor_part(part) for part in index)
    if is_basic(parts):
        return parts
    # Beside a list, an integer counts as a list to NumPy, which decides the order of the axes.
    return tuple([part] if isinstance(part, int) else part for part in parts)


def _tensor_part(part: Index) -> Index:
    if isinstance(part, np.ndarray):
        part = _torch().from_numpy(part.copy())
    if is_tensor(part) and not part.dtype.is_signed and part.dtype != _torch().bool:
        return part.long()  # torch takes bytes for a mask, and other unsigned integers not at all
    return part


def _torch() -> ModuleType:
    import torch

    return torch
