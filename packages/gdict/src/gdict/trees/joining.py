"""Joining trees leaf by leaf: stack and concat."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from gdict.aliases import Array, Key, Leaf, Tree
from gdict.arrays.backend import is_tensor
from gdict.errors import GDictValueError, raise_at
from gdict.trees.nodes import CONTAINERS, check_same_keys


def stack(trees: Sequence[Tree], axis: int) -> Tree:
    """Join trees of one structure along a new axis; numbers and strings become arrays.

    Raises:
        GDictValueError: If there are no trees, or structures or shapes differ; the path says
            where.
    """
    return join(trees, lambda leaves: _stacked(leaves, axis))


def concat(trees: Sequence[Tree], axis: int) -> Tree:
    """Join trees of one structure along an existing axis.

    Raises:
        GDictValueError: If there are no trees, or structures or shapes differ; the path says
            where.
    """
    return join(trees, lambda leaves: _concatenated(leaves, axis))


def _stacked(arrays: Sequence[Leaf], axis: int) -> Array:
    """Join arrays of one shape along a new axis; numbers and strings become an array."""
    first = arrays[0]
    if is_tensor(first):
        import torch

        return torch.stack(list(arrays), axis)
    if type(first) is np.ndarray and axis == 0 and first.ndim:
        # One copy without np.stack's work per array, which dominates for small arrays.
        if set(map(len, arrays)) != {len(first)}:  # concatenate checks the other axes
            shapes = set(map(np.shape, arrays))
            raise GDictValueError(f"Only arrays of one shape can be stacked, got {shapes}.")
        return np.concatenate(arrays).reshape(len(arrays), *first.shape)
    return np.stack([np.asarray(array) for array in arrays], axis)


def _concatenated(arrays: Sequence[Leaf], axis: int) -> Array:
    """Join arrays along an existing axis."""
    if is_tensor(arrays[0]):
        import torch

        return torch.cat(list(arrays), axis)
    return np.concatenate(arrays, axis)


def join(trees: Sequence[Tree], fn: Callable[[Sequence[Leaf]], Leaf]) -> Tree:
    """Return the nesting of the first tree with `fn(leaves of all trees)` at every leaf.

    Raises:
        GDictValueError: If there is no tree, or the structures differ; the path says where.
    """
    if not trees:
        raise GDictValueError("There is nothing to join: got no items.")
    first = trees[0]
    kind = type(first)
    if kind not in CONTAINERS:
        return fn(trees)
    columns = _columns(trees, first if kind is dict else range(len(first)))
    out: dict[Key, Tree] = {}
    key: Any = None
    try:
        for key, column in columns.items():
            out[key] = join(column, fn) if type(column[0]) in CONTAINERS else fn(column)
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())


def _columns(trees: Sequence[Tree], keys: Iterable[Key]) -> dict[Key, list[Tree]]:
    """Return the children of all trees by key, after checking that the keys are the same."""
    kind, size = type(trees[0]), len(trees[0])
    try:
        if set(map(type, trees)) == {kind} and set(map(len, trees)) == {size}:
            return {key: list(map(itemgetter(key), trees)) for key in keys}
    except KeyError:  # as many keys, but others
        pass
    for tree in trees:
        check_same_keys(trees[0], tree)
    raise AssertionError("unreachable: some tree differs from the first")
