"""Walks over the leaves of trees.

The walks are written for speed: no path is built on the way down. When something fails, each
container on the way out adds its key to the error (`errors.raise_at`).
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import numpy as np

from gdict.aliases import Array, Key, Leaf, Path, Tree
from gdict.arrays.backend import in_memory, is_array, tensor_type
from gdict.errors import GDictTypeError, path_text, raise_at
from gdict.trees.nodes import CONTAINERS, check_same_keys, children

P = ParamSpec("P")


def map_leaves(fn: Callable[[Leaf], Leaf], tree: Tree) -> Tree:
    """Return the same nesting with `fn(leaf)` for every leaf."""
    kind = type(tree)
    key: Any = None
    out: dict[Key, Tree] = {}
    try:
        if kind is dict:
            for key, child in tree.items():
                out[key] = map_leaves(fn, child) if type(child) in CONTAINERS else fn(child)
            return out
        if kind is list or kind is tuple:
            for key, child in enumerate(tree):
                out[key] = map_leaves(fn, child) if type(child) in CONTAINERS else fn(child)
            return kind(out.values())
    except Exception as error:
        raise_at(error, key)
    return fn(tree)


def map_arrays(fn: Callable[[Array], Leaf], tree: Tree) -> Tree:
    """Return the same nesting with `fn(array)` for arrays, of which datasets are read first.

    Strings, Python numbers, None and other leaves pass through.
    """
    tensor = tensor_type()

    def apply(leaf: Leaf) -> Leaf:
        kind = type(leaf)
        if kind is np.ndarray or kind is tensor:  # what is usual, fast
            return fn(leaf)
        return fn(in_memory(leaf)) if is_array(leaf) else leaf

    return map_leaves(apply, tree)


def on_arrays(
    fn: Callable[Concatenate[Array, P], Leaf],
) -> Callable[Concatenate[Tree, P], Tree]:
    """Make a function of one array a function of a tree, applied to each of its arrays."""

    @wraps(fn)
    def over_tree(tree: Tree, /, *args: P.args, **kwargs: P.kwargs) -> Tree:
        if not args and not kwargs:
            return map_arrays(fn, tree)
        return map_arrays(lambda array: fn(array, *args, **kwargs), tree)

    return over_tree


def map_leaves_with(fn: Callable[..., Leaf], tree: Tree, others: tuple[Tree, ...]) -> Tree:
    """Return the same nesting with `fn(leaf, *others' leaves)`; all must have one structure.

    Raises:
        GDictValueError: If a container of the others has other keys.
    """
    kind = type(tree)
    if kind not in CONTAINERS:
        _check_leaves(others)
        return fn(tree, *others)
    for other in others:
        check_same_keys(tree, other)
    key: Any = None
    out: dict[Key, Tree] = {}
    try:
        for key, child in children(tree):
            out[key] = map_leaves_with(fn, child, tuple(other[key] for other in others))
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())


def _check_leaves(others: tuple[Tree, ...]) -> None:
    for other in others:
        if type(other) in CONTAINERS:
            raise GDictTypeError(f"Expected a leaf as in the first, got a {type(other).__name__}.")


def map_paths(fn: Callable[[Path, Leaf], Leaf], tree: Tree, path: Path = ()) -> Tree:
    """Return the same nesting with `fn(path, leaf)` for every leaf."""
    kind = type(tree)
    if kind not in CONTAINERS:
        return fn(path, tree)
    out: dict[Key, Tree] = {
        key: map_paths(fn, child, (*path, key)) for key, child in children(tree)
    }
    return out if kind is dict else kind(out.values())


def map_with_path(tree: Tree, fn: Callable[[str, Leaf], Leaf]) -> Tree:
    """Return the same nesting with `fn(path, leaf)`, with paths such as `obs/rgb`."""
    return map_paths(lambda path, leaf: fn(path_text(path), leaf), tree)


def collect_leaves(tree: Tree, out: list[Leaf]) -> list[Leaf]:
    """Append the leaves below `tree` to `out`, in order, and return it."""
    if type(tree) in CONTAINERS:
        for child in tree.values() if type(tree) is dict else tree:
            if type(child) in CONTAINERS:
                collect_leaves(child, out)
            else:
                out.append(child)
    else:
        out.append(tree)
    return out


def iterate_leaves(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Iterate over the leaves below `tree` with their paths, in order."""
    if type(tree) not in CONTAINERS:
        yield path, tree
        return
    for key, child in children(tree):
        yield from iterate_leaves(child, (*path, key))
