"""Indexing of HDF5 datasets with NumPy's full meaning, reading only what is needed.

Every index is divided in two: per axis, the sorted entries to read, and the index that NumPy
applies to what was read, which repeats, reorders and reverses.
"""

import numpy as np

from gdict.aliases import Array, Index
from gdict.arrays.backend import check_open
from gdict.errors import GDictIndexError


def read_dataset(dataset: Array, index: Index) -> Array:
    """Return `dataset[index]` as an array or NumPy scalar.

    One list or mask reads its entries along its axis; of further ones, all between their
    smallest and largest entry is read.

    Args:
        dataset: An h5py dataset.
        index: Anything that NumPy takes, lists as arrays.

    Raises:
        GDictIndexError: If the index does not fit the dataset's shape.
        GDictValueError: If the file was closed.
    """
    check_open(dataset)
    parts = _expanded(index if isinstance(index, tuple) else (index,), dataset.shape)
    selections: list[Index] = []
    rest: list[Index] = []
    gathered_axis = -1
    for part in parts:
        if part is None:
            rest.append(None)
            continue
        axis = len(selections)
        length = dataset.shape[axis]
        if isinstance(part, np.ndarray):
            entries = _in_range(part, length)
            wanted, inverse = np.unique(entries, return_inverse=True)
            if gathered_axis < 0 and len(wanted):
                gathered_axis = axis
                selections.append(wanted)
                rest.append(inverse.reshape(part.shape))
            else:
                low, high = (wanted[0], wanted[-1] + 1) if len(wanted) else (0, 0)
                selections.append(slice(int(low), int(high)))
                rest.append(entries - low)
        else:
            selection, remaining = _split_basic(part, length)
            selections.append(selection)
            rest.append(remaining)
    return _read(dataset, selections, gathered_axis)[tuple(rest)]


def _expanded(index: tuple[Index, ...], shape: tuple[int, ...]) -> list[Index]:
    """Return one part per axis (and None for new axes): masks as positions, `...` as slices."""
    used = sum(_num_axes(part) for part in index)
    num_ellipses = sum(part is Ellipsis for part in index)
    if used > len(shape) or num_ellipses > 1:
        raise GDictIndexError(f"Too many indices for {len(shape)} axes: {used}.")
    parts: list[Index] = []
    for part in index if num_ellipses else (*index, Ellipsis):
        if part is Ellipsis:
            parts.extend([slice(None)] * (len(shape) - used))
        elif _is_mask(part):
            parts.extend(_positions(np.asarray(part), sum(p is not None for p in parts), shape))
        else:
            parts.append(int(part) if isinstance(part, np.integer) else part)
    return parts


def _is_mask(part: Index) -> bool:
    if part is None or isinstance(part, slice | int):
        return False
    array = np.asarray(part)
    return array.dtype == np.bool_ and array.ndim > 0


def _num_axes(part: Index) -> int:
    """Return how many axes of the dataset a part of an index stands for, `...` aside."""
    if part is None or part is Ellipsis:
        return 0
    return np.ndim(part) if _is_mask(part) else 1


def _positions(mask: np.ndarray, axis: int, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Return where a mask over the axes from `axis` on is true."""
    expected = shape[axis : axis + mask.ndim]
    if mask.shape != expected:
        raise GDictIndexError(
            f"Expected a mask of shape {expected} from axis {axis} on, got {mask.shape}."
        )
    return np.nonzero(mask)


def _in_range(entries: np.ndarray, length: int) -> np.ndarray:
    if entries.dtype.kind not in "iu":
        raise GDictIndexError(f"Only integers and booleans can be indices, got {entries.dtype}.")
    if entries.size and not (-length <= entries.min() and entries.max() < length):
        raise GDictIndexError(f"Entries {entries.min()} to {entries.max()} exceed size {length}.")
    entries = entries.astype(np.intp, copy=False)  # sums of narrow integers would start again at 0
    return np.where(entries < 0, entries + length, entries)


def _split_basic(part: Index, length: int) -> tuple[slice, Index]:
    """Return what to read, as a slice with a positive step, and the index for NumPy."""
    if isinstance(part, int):
        if not -length <= part < length:
            raise GDictIndexError(f"Index {part} is out of bounds for size {length}.")
        start = part % length
        return slice(start, start + 1), 0
    if not isinstance(part, slice):
        raise GDictIndexError(f"Only slices, integers, lists and masks are indices, got {part!r}.")
    entries = range(length)[part]
    if not entries:
        return slice(0, 0), slice(None)
    low, high = min(entries[0], entries[-1]), max(entries[0], entries[-1])
    return slice(low, high + 1, abs(entries.step)), slice(None, None, 1 if entries.step > 0 else -1)


def _read(dataset: Array, selections: list[Index], gathered_axis: int) -> np.ndarray:
    if gathered_axis < 0:
        return np.asarray(dataset[tuple(selections)])
    wanted = selections[gathered_axis]
    pieces = []
    for run in np.split(wanted, np.flatnonzero(np.diff(wanted) != 1) + 1):
        selections[gathered_axis] = slice(int(run[0]), int(run[-1]) + 1)
        pieces.append(dataset[tuple(selections)])
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, gathered_axis)
