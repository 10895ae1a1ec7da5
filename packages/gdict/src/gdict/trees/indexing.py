"""Indexing and assignment of all leaves at once."""

from typing import Any

import numpy as np

from gdict.aliases import Data, Index, Key, Tree
from gdict.arrays.access import (
    BASIC_TYPES,
    advanced_reader,
    check_assignable,
    is_basic,
    normalized,
    read_other,
    write,
)
from gdict.arrays.backend import tensor_type
from gdict.errors import raise_at
from gdict.trees.nodes import CONTAINERS, children, own
from gdict.trees.walks import map_leaves, map_leaves_with


def indexed(tree: Tree, index: Index) -> Tree:
    """Return the same nesting with `leaf[index]` for every leaf.

    NumPy and torch leaves give views where the library does; datasets read only what is asked
    for. Leaves that are no arrays have no axes and are returned as they are.
    """
    if type(index) not in BASIC_TYPES:
        index = normalized(index)
    if is_basic(index):
        return _index_basic(tree, index, (np.ndarray, tensor_type()))
    return map_leaves(advanced_reader(index), tree)


def _index_basic(tree: Tree, index: Index, usual: tuple[type[Any] | None, ...]) -> Tree:
    """Index all leaves without a call for each of the usual types, which counts for small ones."""
    kind = type(tree)
    if kind not in CONTAINERS:
        return read_other(tree, index)
    out: dict[Key, Tree] = {}
    key: Any = None
    try:
        for key, child in children(tree):
            out[key] = child[index] if type(child) in usual else _index_basic(child, index, usual)
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())


def assign_at(tree: Tree, index: Index, value: Data) -> None:
    """Assign to all leaves at `index`; everything is checked before the first leaf is written.

    Args:
        tree: The nesting of arrays to write to.
        index: What to write in each array.
        value: Data of the same structure, or one leaf for all arrays.

    Raises:
        GDictIndexError: If `index` does not fit a leaf.
        GDictValueError: If structures or shapes differ, or a leaf is read-only.
    """
    values = own(value)
    if type(values) in CONTAINERS:
        assign_trees(tree, index, values)
    else:
        assign_trees(tree, index, map_leaves(lambda _: values, tree))


def assign_trees(tree: Tree, index: Index, values: Tree) -> None:
    """Assign to all leaves at `index` the values of a tree of the same structure."""
    for step in (check_assignable, write):
        map_leaves_with(lambda leaf, new, do=step: do(leaf, index, new), tree, (values,))
