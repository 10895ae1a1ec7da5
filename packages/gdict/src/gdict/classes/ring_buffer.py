"""RingBuffer: the last `capacity` rows that were appended, such as a replay buffer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from gdict.aliases import Array, Data, Index, Tree
from gdict.arrays.access import write
from gdict.arrays.backend import is_tensor
from gdict.classes.dict_array import DictArray
from gdict.classes.gdict import GDict
from gdict.errors import GDictTypeError, GDictValueError
from gdict.trees import description
from gdict.trees.key_paths import is_key
from gdict.trees.nodes import own
from gdict.trees.rows import check_rows, gather, num_rows, random_rows, row_indices
from gdict.trees.walks import map_leaves, map_leaves_with


@final
class RingBuffer:
    """Rows in the order of their arrival, row 0 the oldest; old rows make room for new ones.

    Memory is taken as rows arrive (doubling, at most `capacity` rows). The first append fixes
    the structure, shapes, data types and libraries (NumPy or torch, with the device) of a row.
    Rows are copied, tensors without their gradient history.

    Args:
        capacity: The largest number of rows kept, at least 1.

    Raises:
        GDictValueError: If the capacity is not positive.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise GDictValueError(f"The capacity must be at least 1, got {capacity}.")
        self.capacity = capacity
        self.num_appended = 0
        """Rows appended since the start; row `i` was appended as number `num_dropped + i`."""
        self._storage: Tree = {}
        self._allocated = 0

    def __len__(self) -> int:
        """Return the number of rows kept."""
        return min(self.num_appended, self.capacity)

    @property
    def num_dropped(self) -> int:
        """Return how many of the oldest rows were dropped to make room."""
        return self.num_appended - len(self)

    @property
    def nbytes(self) -> int:
        """Return the bytes of memory taken, including room for rows to come."""
        return description.nbytes(self._storage)

    def append(self, rows: Data) -> None:
        """Append rows, dropping the oldest beyond the capacity.

        Args:
            rows: A DictArray, or data that can become one: all leaves `(N, ...)`.

        Raises:
            GDictValueError: If structure, shape or data type differ from the rows kept; nothing
                was changed then.
        """
        owned = own(rows)
        check_rows(owned)
        count = num_rows(owned)
        if self._allocated:
            map_leaves_with(_check_row, self._storage, (owned,))
        if count == 0:
            return
        kept = min(count, self.capacity)
        if not self._allocated:
            self._storage = map_leaves(lambda leaf: _empty_rows(leaf, 0), owned)
        self._reserve(min(len(self) + kept, self.capacity))
        self.num_appended += count - kept
        self._write(owned, count - kept, count)

    def _reserve(self, needed: int) -> None:
        if needed > self._allocated:
            size = min(self.capacity, max(needed, 2 * self._allocated))
            self._storage = map_leaves(lambda leaf: _grown(leaf, size), self._storage)
            self._allocated = size

    def _write(self, rows: Tree, start: int, stop: int) -> None:
        """Copy `rows[start:stop]` behind the newest row, in two pieces where the ring closes."""
        while start < stop:
            position = self.num_appended % self.capacity
            count = min(stop - start, self.capacity - position)
            source, target = slice(start, start + count), slice(position, position + count)
            map_leaves_with(
                lambda mine, new, t=target, s=source: write(mine, t, _detached(new[s])),
                self._storage,
                (rows,),
            )
            self.num_appended += count
            start += count

    def gather(self, indices: Array) -> DictArray:
        """Copy the rows at `indices`, `(N,)` integers, 0 the oldest, -1 the newest.

        Raises:
            GDictIndexError: If an index is out of range.
        """
        rows = row_indices(indices, len(self))
        if self.num_dropped:
            rows = (rows + self.num_appended) % self.capacity
        return DictArray._wrap(gather(self._storage, rows))

    def sample(self, count: int, rng: np.random.Generator, replace: bool = True) -> DictArray:
        """Copy `count` rows drawn uniformly.

        Raises:
            GDictValueError: If there are no rows, or too few to draw without replacement.
        """
        return self.gather(random_rows(len(self), count, rng, replace))

    def __getitem__(self, index: Index) -> GDict:
        """Copy one row (a GDict), or the rows of a slice, mask or list (a DictArray)."""
        if is_key(index):
            raise GDictTypeError(f"A RingBuffer is read by rows; use gather(...)[{index!r}].")
        if isinstance(index, int | np.integer):
            row: GDict = self.gather([index])[0]
            return row
        return self.gather(np.arange(len(self))[index])

    def __iter__(self) -> Iterator[GDict]:
        """Iterate over copies of the rows, the oldest first."""
        return (self[row] for row in range(len(self)))

    def to_dict_array(self) -> DictArray:
        """Copy all rows, the oldest first."""
        return self.gather(np.arange(len(self)))

    def __repr__(self) -> str:
        return f"RingBuffer(capacity={self.capacity}, rows={len(self)})"


def _check_row(mine: Array, new: Array) -> None:
    if is_tensor(mine) != is_tensor(new):
        raise GDictTypeError(f"Expected a {type(mine).__name__}, got a {type(new).__name__}.")
    if tuple(mine.shape[1:]) != tuple(new.shape[1:]):
        raise GDictValueError(
            f"Expected rows of shape {tuple(mine.shape[1:])}, got {tuple(new.shape[1:])}."
        )
    if mine.dtype != new.dtype:
        raise GDictValueError(f"Expected rows of {mine.dtype}, got {new.dtype}; use astype().")


def _detached(leaf: Array) -> Array:
    """Return a tensor without its gradient history, which would live as long as the buffer."""
    return leaf.detach() if is_tensor(leaf) else leaf


def _empty_rows(leaf: Array, count: int) -> Array:
    shape = (count, *leaf.shape[1:])
    return leaf.new_empty(shape) if is_tensor(leaf) else np.empty(shape, leaf.dtype)


def _grown(leaf: Array, count: int) -> Array:
    larger = _empty_rows(leaf, count)
    larger[: len(leaf)] = leaf
    return larger
