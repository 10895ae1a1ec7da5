"""RingBuffer: the last `capacity` rows that were appended, such as a replay buffer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from gdict.aliases import Array, Data, FilePath, Index, Tree
from gdict.arrays.backend import is_tensor
from gdict.classes.dict_array import DictArray
from gdict.classes.gdict import GDict
from gdict.classes.ring_storage import FileRows, MemoryRows, RowStorage
from gdict.errors import GDictFileError, GDictTypeError, GDictValueError
from gdict.trees.key_paths import is_key
from gdict.trees.nodes import own
from gdict.trees.rows import check_rows, num_rows, random_rows, row_indices
from gdict.trees.walks import map_leaves, map_leaves_with


@final
class RingBuffer:
    """Rows in the order of their arrival, row 0 the oldest; old rows make room for new ones.

    Memory is taken as rows arrive (doubling, at most `capacity` rows), or disk space. The first
    append fixes the structure, shapes, data types and libraries (NumPy or torch, with the device)
    of a row.
    Rows are copied, tensors without their gradient history.

    Args:
        capacity: The largest number of rows kept, at least 1.
        folder: Where files hold the rows, as `.npy` that NumPy maps too; None keeps them in
            memory. Rows are on the CPU then. A folder that holds rows is gone on with. Copies, also
            pickled ones, open the same files and overwrite each other's rows.
        reserve: Whether memory is asked for at once rather than as rows arrive. What is not written
            to takes none, and no moment needs room for the old rows beside larger ones.
        num_appended: Rows of the folder to go on after. Those appended later are forgotten; what
            they have overwritten is not. The files, which have room for all rows from the start, do
            not tell how many there were: rows that nobody appended are zeros.

    Raises:
        GDictValueError: If the capacity is not positive, or `num_appended` negative.
        GDictFileError: If the folder holds something else, or no rows to go on after.
    """

    def __init__(
        self,
        capacity: int,
        folder: FilePath | None = None,
        *,
        reserve: bool = False,
        num_appended: int = 0,
    ) -> None:
        if capacity < 1:
            raise GDictValueError(f"The capacity must be at least 1, got {capacity}.")
        if num_appended < 0:
            raise GDictValueError(f"num_appended must not be negative, got {num_appended}.")
        self.capacity = capacity
        self.num_appended = num_appended
        """Rows appended since the start; row `i` was appended as number `num_dropped + i`."""
        self._storage: RowStorage = (
            MemoryRows(reserve=reserve) if folder is None else _opened(folder, capacity)
        )
        if num_appended and self._storage.template is None:
            raise GDictFileError(f"{folder}: holds none of the {num_appended} rows.")

    def __len__(self) -> int:
        """Return the number of rows kept."""
        return min(self.num_appended, self.capacity)

    @property
    def num_dropped(self) -> int:
        """Return how many of the oldest rows were dropped to make room."""
        return self.num_appended - len(self)

    @property
    def nbytes(self) -> int:
        """Return the bytes of memory taken, including room for rows to come; 0 with files."""
        return self._storage.nbytes

    def append(self, rows: Data) -> None:
        """Append rows, dropping the oldest beyond the capacity.

        Args:
            rows: A DictArray, or data that can become one: all leaves `(N, ...)`.

        Raises:
            GDictValueError: If structure, shape or data type differ from the rows kept; nothing
                was changed then.
        """
        owned, count = self._checked(rows)
        kept = min(count, self.capacity)
        if count:
            self._storage.prepare(owned, min(len(self) + kept, self.capacity), self.capacity)
        self.num_appended += count - kept
        self._write(owned, count - kept, count)

    def extend(self, count: int, like: Data) -> None:
        """Append `count` rows whose content `put` writes later: until then it is anything.

        Args:
            count: How many.
            like: Rows of the same structure, shapes and types, any number of them.

        Raises:
            GDictValueError: If `count` is negative, or `like` has another structure.
        """
        if count < 0:
            raise GDictValueError(f"Cannot append {count} rows.")
        owned, _ = self._checked(like)
        self._storage.prepare(owned, min(len(self) + count, self.capacity), self.capacity)
        self.num_appended += count

    def put(self, indices: Array, rows: Data) -> None:
        """Write over the rows at `indices`, as `gather` counts them.

        Raises:
            GDictIndexError: If an index is out of range.
            GDictValueError: As `append`.
        """
        owned, count = self._checked(rows)
        places = self._positions(indices)
        if len(places) != count:
            raise GDictValueError(f"Expected {len(places)} rows, got {count}.")
        for number, place in enumerate(places.tolist()):
            self._storage.write(place, _part(owned, slice(number, number + 1)))

    def _checked(self, rows: Data) -> tuple[Tree, int]:
        """Return rows that fit, without gradient history, and their number."""
        owned = map_leaves(_detached, own(rows))
        check_rows(owned)
        if self._storage.template is not None:
            map_leaves_with(_check_row, self._storage.template, (owned,))
        return owned, num_rows(owned)

    def _write(self, rows: Tree, start: int, stop: int) -> None:
        """Copy `rows[start:stop]` behind the newest row, in two pieces where the ring closes."""
        while start < stop:
            position = self.num_appended % self.capacity
            count = min(stop - start, self.capacity - position)
            self._storage.write(position, _part(rows, slice(start, start + count)))
            self.num_appended += count
            start += count

    def gather(self, indices: Array) -> DictArray:
        """Copy the rows at `indices`, `(N,)` integers, 0 the oldest, -1 the newest.

        Raises:
            GDictIndexError: If an index is out of range.
        """
        return DictArray._wrap(self._storage.gather(self._positions(indices)))

    def _positions(self, indices: Array) -> np.ndarray:
        """Return where in the storage the rows at `indices` lie."""
        rows = row_indices(indices, len(self))
        return (rows + self.num_appended) % self.capacity if self.num_dropped else rows

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


def _part(rows: Tree, which: slice) -> Tree:
    return map_leaves(lambda leaf: leaf[which], rows)


def _opened(folder: FilePath, capacity: int) -> FileRows:
    rows = FileRows(folder)
    if rows.template is not None and rows.num_rows != capacity:
        message = f"{folder}: has room for {rows.num_rows} rows, expected {capacity}."
        raise GDictFileError(message)
    return rows


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
