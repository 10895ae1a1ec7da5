"""Trees of rows: arrays that share the length of their first axis."""

import numpy as np

from gdict.aliases import Array, Leaf, Path, Tree
from gdict.arrays.access import advanced_reader
from gdict.arrays.backend import is_dataset, is_tensor
from gdict.arrays.conversion import to_numpy
from gdict.errors import GDictIndexError, GDictTypeError, GDictValueError, path_text
from gdict.trees.walks import iterate_leaves, map_leaves


def num_rows(tree: Tree) -> int:
    """Return the length of the first axis of the first leaf; 0 if there is none."""
    for _, leaf in iterate_leaves(tree):
        return int(leaf.shape[0])
    return 0


def check_rows(tree: Tree, length: int | None = None) -> None:
    """Raise unless all leaves are arrays with one length of their first axis.

    Args:
        tree: The nesting to check.
        length: The length to expect; None expects that of the first leaf.
    """
    first: Path | None = None
    for path, leaf in iterate_leaves(tree):
        if not (isinstance(leaf, np.ndarray) or is_tensor(leaf) or is_dataset(leaf)):
            raise GDictTypeError(f"A DictArray holds only arrays, got {type(leaf).__name__}.", path)
        if len(leaf.shape) == 0:
            raise GDictTypeError("A DictArray needs a first axis, got an array without axes.", path)
        if length is None:
            length, first = int(leaf.shape[0]), path
        elif leaf.shape[0] != length:
            where = f" as `{path_text(first)}` has" if first else ""
            raise GDictValueError(f"Expected {length} rows{where}, got {leaf.shape[0]}.", path)


def row_indices(indices: Array, length: int) -> np.ndarray:
    """Return `(N,)` integer row numbers; those below zero count from the end.

    Raises:
        GDictIndexError: If they are no integers, not one-dimensional, or out of range.
    """
    rows = np.asarray(to_numpy(indices))
    if rows.size == 0:
        rows = rows.astype(np.intp)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise GDictIndexError(
            f"Row numbers must be a list of integers, got {rows.dtype} of shape {rows.shape}."
        )
    if rows.size and not (-length <= rows.min() and rows.max() < length):
        wrong = rows[(rows < -length) | (rows >= length)][0]
        raise GDictIndexError(f"Row {wrong} does not exist among {length} rows.")
    rows = rows.astype(np.intp, copy=False)  # sums of narrow integers would start again at 0
    return np.where(rows < 0, rows + length, rows) if rows.size and rows.min() < 0 else rows


def random_rows(length: int, count: int, rng: np.random.Generator, replace: bool) -> np.ndarray:
    """Return `(count,)` row numbers below `length`, drawn uniformly.

    Raises:
        GDictValueError: If there are no rows, or too few to draw without replacement.
    """
    if length == 0 or count < 0 or (not replace and count > length):
        raise GDictValueError(f"Cannot draw {count} rows from {length}.")
    return rng.choice(length, count, replace=replace)


def gather(tree: Tree, rows: np.ndarray) -> Tree:
    """Copy the rows `(N,)` of every leaf; they must be checked already."""
    read = advanced_reader(rows)

    def gather_leaf(leaf: Leaf) -> Leaf:
        # take copies whole rows, which indexing does only after more work per call.
        return leaf.take(rows, axis=0) if type(leaf) is np.ndarray else read(leaf)

    return map_leaves(gather_leaf, tree)
