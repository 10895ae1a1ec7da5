"""DictArray: a GDict whose leaves share their first axis, such as the steps of an episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Self

import numpy as np

from gdict.aliases import Array, Data, Index, KeyPath, Tree
from gdict.classes.gdict import GDict
from gdict.errors import GDictValueError
from gdict.pytree import declare_nodes, register_loaded
from gdict.trees.indexing import indexed
from gdict.trees.key_paths import is_key
from gdict.trees.nodes import own
from gdict.trees.rows import check_rows, gather, num_rows, random_rows, row_indices
from gdict.trees.walks import iterate_leaves

_MANY_ROWS = (slice, list, range)


class DictArray(GDict):
    """Rows: every leaf is an array and all first axes have one length.

    Slices, masks and lists of indices give a DictArray; an integer gives one row, a GDict.
    Iteration is over rows, `len` is their number.

    Args:
        data: Data nesting of arrays, or a GDict.

    Raises:
        GDictTypeError: If a leaf is no array or has no axis; the path says which.
        GDictValueError: If a leaf has another length than the first.
    """

    __slots__ = ()

    def __init__(self, data: Data = None) -> None:
        super().__init__(data)
        check_rows(self._gdict_tree)

    @classmethod
    def _checked(cls, owned: Tree) -> Self:
        check_rows(owned)
        return cls._wrap(owned)

    def __len__(self) -> int:
        """Return the number of rows."""
        return num_rows(self._gdict_tree)

    def __iter__(self) -> Iterator[GDict]:
        """Iterate over the rows."""
        return (self[row] for row in range(len(self)))

    def _at(self, index: Index) -> GDict:
        register_loaded()
        found = indexed(self._gdict_tree, index)
        if isinstance(index, _MANY_ROWS) or getattr(index, "ndim", 0) == 1:
            return DictArray._wrap(found)
        return GDict._wrap(found)

    def __setitem__(self, key: KeyPath | Index, value: Data) -> None:
        """Set a child, whose leaves must have as many rows, or assign to rows of all leaves."""
        if is_key(key):
            check_rows(own(value), len(self) if self._has_rows else None)
        super().__setitem__(key, value)

    def update(self, other: Data) -> None:
        """Merge `other`, whose leaves must have as many rows, into this in place."""
        check_rows(own(other), len(self) if self._has_rows else None)
        super().update(other)

    @property
    def _has_rows(self) -> bool:
        """Whether there is an array, whose rows can be counted."""
        return next(iterate_leaves(self._gdict_tree), None) is not None

    # ---------------------------------------------------------------- rows

    def gather(self, indices: Array) -> DictArray:
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

    def append(self, rows: Data) -> None:
        """Append rows in place, which copies everything; see RingBuffer for many appends.

        Args:
            rows: A DictArray, or data that can become one, of the same structure.
        """
        joined = DictArray.concat([self, rows] if self._has_rows else [rows])
        self._gdict_tree = joined._gdict_tree


def _collate(batch: list[GDict], **_: object) -> DictArray:
    """Stack what a data loader has fetched, as tensors."""
    return DictArray.stack(batch).to_torch()


declare_nodes((GDict, DictArray), _collate)
