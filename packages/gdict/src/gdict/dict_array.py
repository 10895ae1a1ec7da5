"""DictArray: a GDict whose leaves share their first axis, such as the steps of an episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from gdict import arrays, tree
from gdict.backend import is_dataset, is_tensor
from gdict.container import GDict
from gdict.errors import GDictIndexError, GDictTypeError, GDictValueError, Path
from gdict.indexing import advanced_reader, indexed
from gdict.keys import is_key
from gdict.pytree import register_loaded

_MANY_ROWS = (slice, list, range)


class DictArray(GDict):
    """Rows: every leaf is an array and all first axes have one length.

    Slices, masks and lists of indices give a DictArray; an integer gives one row, a GDict.
    Iteration is over rows, `len` is their number.

    Args:
        data: Any nesting of arrays, or a GDict.

    Raises:
        GDictTypeError: If a leaf is no array or has no axis; the path says which.
        GDictValueError: If a leaf has another length than the first.
    """

    __slots__ = ()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        check_rows(self._gdict_tree)

    @classmethod
    def _checked(cls, owned: Any) -> Self:
        check_rows(owned)
        return cls._wrap(owned)

    def __len__(self) -> int:
        """Return the number of rows."""
        return num_rows(self._gdict_tree)

    def __iter__(self) -> Iterator[GDict]:
        """Iterate over the rows."""
        return (self[row] for row in range(len(self)))

    def _at(self, index: Any) -> GDict:
        register_loaded()
        found = indexed(self._gdict_tree, index)
        if isinstance(index, _MANY_ROWS) or getattr(index, "ndim", 0) == 1:
            return DictArray._wrap(found)
        return GDict._wrap(found)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set a child, whose leaves must have as many rows, or assign to rows of all leaves."""
        if is_key(key):
            check_rows(tree.own(value), len(self) if self._gdict_tree else None)
        super().__setitem__(key, value)

    def update(self, other: Any) -> None:
        """Merge `other`, whose leaves must have as many rows, into this in place."""
        check_rows(tree.own(other), len(self) if self._gdict_tree else None)
        super().update(other)

    # ---------------------------------------------------------------- rows

    def gather(self, indices: Any) -> DictArray:
        """Copy the rows at `indices`, `(N,)` integers, in that order and as often as named.

        Raises:
            GDictIndexError: If an index is out of range.
        """
        return DictArray._wrap(gather(self._gdict_tree, row_indices(indices, len(self))))

    def sample(self, count: int, rng: np.random.Generator, replace: bool = True) -> DictArray:
        """Copy `count` rows drawn uniformly.

        Raises:
            GDictValueError: If there are no rows, or too few to draw without replacement.
        """
        return self.gather(random_rows(len(self), count, rng, replace))

    def shuffle(self, rng: np.random.Generator) -> DictArray:
        """Copy all rows in a random order."""
        return self.gather(rng.permutation(len(self)))

    def split(self, sizes: int | Sequence[int]) -> list[DictArray]:
        """Cut the rows into consecutive pieces; the pieces are views.

        Args:
            sizes: Rows per piece (the last may be shorter), or the length of every piece.

        Raises:
            GDictValueError: If the lengths do not add up to the number of rows.
        """
        total = len(self)
        if isinstance(sizes, int):
            if sizes < 1:
                raise GDictValueError(f"A piece must have at least one row, got {sizes}.")
            stops = [min(start + sizes, total) for start in range(0, total, sizes)]
        else:
            stops = np.cumsum(sizes).tolist()
            if min(sizes, default=0) < 0 or (stops[-1] if stops else 0) != total:
                raise GDictValueError(f"Pieces of {list(sizes)} rows do not make {total} rows.")
        return [DictArray._wrap(self[a:b]._gdict_tree) for a, b in pairwise([0, *stops])]

    def append(self, rows: Any) -> None:
        """Append rows in place, which copies everything; see RingBuffer for many appends.

        Args:
            rows: A DictArray, or data that can become one, of the same structure.
        """
        joined = DictArray.concat([self, rows] if self._gdict_tree else [rows])
        self._gdict_tree = joined._gdict_tree


def num_rows(data: Any) -> int:
    """Return the length of the first axis of the first leaf; 0 if there is none."""
    for _, leaf in tree.iterate_leaves(data):
        return int(leaf.shape[0])
    return 0


def check_rows(data: Any, length: int | None = None) -> None:
    """Raise unless all leaves are arrays with one length of their first axis.

    Args:
        data: Containers of ours, or one leaf.
        length: The length to expect; None expects that of the first leaf.
    """
    first: Path | None = None
    for path, leaf in tree.iterate_leaves(data):
        if not (isinstance(leaf, np.ndarray) or is_tensor(leaf) or is_dataset(leaf)):
            raise GDictTypeError(f"A DictArray holds only arrays, got {_kind(leaf)}.", path)
        if len(leaf.shape) == 0:
            raise GDictTypeError("A DictArray needs a first axis, got an array without axes.", path)
        if length is None:
            length, first = int(leaf.shape[0]), path
        elif leaf.shape[0] != length:
            where = f" as `{'/'.join(map(str, first))}` has" if first else ""
            raise GDictValueError(f"Expected {length} rows{where}, got {leaf.shape[0]}.", path)


def _kind(leaf: Any) -> str:
    return type(leaf).__name__


def row_indices(indices: Any, length: int) -> np.ndarray:
    """Return `(N,)` integer row numbers; those below zero count from the end.

    Raises:
        GDictIndexError: If they are no integers, not one-dimensional, or out of range.
    """
    rows = np.asarray(arrays.to_numpy(indices))
    if rows.size == 0:
        rows = rows.astype(np.intp)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise GDictIndexError(
            f"Row numbers must be a list of integers, got {rows.dtype} of shape {rows.shape}."
        )
    if rows.size and not (-length <= rows.min() and rows.max() < length):
        wrong = rows[(rows < -length) | (rows >= length)][0]
        raise GDictIndexError(f"Row {wrong} does not exist among {length} rows.")
    return np.where(rows < 0, rows + length, rows) if rows.size and rows.min() < 0 else rows


def random_rows(length: int, count: int, rng: np.random.Generator, replace: bool) -> np.ndarray:
    """Return `(count,)` row numbers below `length`, drawn uniformly.

    Raises:
        GDictValueError: If there are no rows, or too few to draw without replacement.
    """
    if length == 0 or count < 0 or (not replace and count > length):
        raise GDictValueError(f"Cannot draw {count} rows from {length}.")
    return rng.choice(length, count, replace=replace)


def gather(data: Any, rows: np.ndarray) -> Any:
    """Copy the rows `(N,)` of every leaf; they must be checked already."""
    read = advanced_reader(rows)

    def gather_leaf(leaf: Any) -> Any:
        # take copies whole rows, which indexing does only after more work per call.
        return leaf.take(rows, axis=0) if type(leaf) is np.ndarray else read(leaf)

    return tree.map_leaves(gather_leaf, data)
