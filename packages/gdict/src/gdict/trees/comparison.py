"""Differences between trees."""

import numpy as np

from gdict.aliases import Array, Data, Leaf, Path, Tree
from gdict.arrays.backend import in_memory, is_array
from gdict.arrays.conversion import to_numpy
from gdict.errors import path_text
from gdict.trees.description import describe
from gdict.trees.nodes import CONTAINERS, children, own
from gdict.trees.walks import iterate_leaves


def compare(tree: Tree, other: Data) -> dict[str, str]:
    """Return what differs from `other`, by path, in words; empty if nothing does.

    Arrays are equal if library, shape, data type and all values are (NaN equals NaN).
    """
    found: dict[str, str] = {}
    _compare(tree, own(other), (), found)
    return found


def equal(tree: Tree, other: Data) -> bool:
    """Return whether `compare` finds no difference."""
    return not compare(tree, other)


def allclose(tree: Tree, other: Data, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Return whether structures and shapes are equal and all values close.

    Libraries and data types may differ; NaN equals NaN. Leaves that are no arrays must be
    equal.
    """
    mine, theirs = list(iterate_leaves(tree)), list(iterate_leaves(own(other)))
    return [path for path, _ in mine] == [path for path, _ in theirs] and all(
        _close(a, b, rtol, atol) for (_, a), (_, b) in zip(mine, theirs, strict=True)
    )


def _compare(mine: Tree, other: Tree, path: Path, found: dict[str, str]) -> None:
    if type(mine) in CONTAINERS or type(other) in CONTAINERS:
        if type(mine) is not type(other):
            found[path_text(path)] = f"{type(mine).__name__} and {type(other).__name__}"
            return
        left, right = dict(children(mine)), dict(children(other))
        for key in [*left, *(key for key in right if key not in left)]:
            if key not in left or key not in right:
                which = "first" if key in left else "second"
                found[path_text((*path, key))] = f"only in the {which}"
            else:
                _compare(left[key], right[key], (*path, key), found)
    elif difference := _leaf_difference(mine, other):
        found[path_text(path)] = difference


def _leaf_difference(mine: Leaf, other: Leaf) -> str:
    if not (is_array(mine) and is_array(other)):
        same = type(mine) is type(other) and (mine == other or (mine != mine and other != other))
        return "" if same else f"{describe(mine)} and {describe(other)}"
    same_kind = type(mine) is type(other) and mine.dtype == other.dtype
    if not same_kind or tuple(mine.shape) != tuple(other.shape):
        return f"{describe(mine)} and {describe(other)}"
    left, right = _values(mine), _values(other)
    differs = (left != right) & ~((left != left) & (right != right))
    return f"{int(differs.sum())} of {left.size} values differ" if differs.any() else ""


def _values(array: Array) -> np.ndarray:
    return np.asarray(to_numpy(in_memory(array)))


def _close(mine: Leaf, other: Leaf, rtol: float, atol: float) -> bool:
    if not (is_array(mine) and is_array(other)):
        return not _leaf_difference(mine, other)
    left, right = _values(mine), _values(other)
    if left.shape != right.shape:
        return False
    if left.dtype.kind not in "biufc" or right.dtype.kind not in "biufc":
        return not _leaf_difference(left, right)
    return bool(np.allclose(left, right, rtol, atol, equal_nan=True))
