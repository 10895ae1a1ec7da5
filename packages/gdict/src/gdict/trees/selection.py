"""Choosing leaves by path, and the flat form of trees."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gdict.aliases import Data, Key, KeyPath, Leaf, Path, Tree
from gdict.errors import GDictKeyError, path_text, raise_at
from gdict.trees import key_paths
from gdict.trees.nodes import CONTAINERS, children, own
from gdict.trees.walks import iterate_leaves


def select_by_keys(tree: Tree, paths: KeyPath | Iterable[KeyPath]) -> Tree:
    """Return what lies at or below `paths`, nested as before; leaves are shared.

    A selected item of a list or tuple turns its container into a dict with the item's number
    as its key, unless all items are selected.

    Raises:
        GDictKeyError: If a path leads nowhere.
    """
    return _kept(tree, _below(tree, paths))


def exclude_keys(tree: Tree, paths: KeyPath | Iterable[KeyPath]) -> Tree:
    """Return everything but what lies at or below `paths`; leaves are shared.

    Raises:
        GDictKeyError: If a path leads nowhere.
    """
    is_below = _below(tree, paths)
    return _kept(tree, lambda path: not is_below(path))


def filter(tree: Tree, condition: str | re.Pattern[str] | Callable[[str, Leaf], bool]) -> Tree:
    """Return the leaves that fulfil a condition, nested as before.

    Args:
        tree: The nesting to choose from.
        condition: A regular expression to be found in the path (`re.search`), or a predicate
            of the path and the leaf.
    """
    fulfils: Callable[[str, Leaf], Any] = (
        _pattern_in_path(condition) if isinstance(condition, str | re.Pattern) else condition
    )
    chosen = {path for path, leaf in iterate_leaves(tree) if fulfils(path_text(path), leaf)}
    return _kept(tree, chosen.__contains__)


def flatten_keys(tree: Tree) -> dict[str, Leaf]:
    """Return a plain dict from path to leaf; empty containers leave no trace."""
    return {path_text(path): leaf for path, leaf in iterate_leaves(tree)}


def unflatten_keys(flat: Mapping[str, Data]) -> Tree:
    """Return nested dicts from a mapping of paths to leaves.

    A container whose keys are 0, 1, ... becomes a list, as `flatten_keys` wrote it.

    Raises:
        GDictKeyError: If one path leads through the leaf of another.
    """
    root: dict[str, Any] = {}
    for path, leaf in flat.items():
        *parents, name = path.split("/")
        node = root
        for part in parents:
            node = node.setdefault(part, {})
            if type(node) is not dict:
                raise GDictKeyError(f"The path {path!r} leads through the leaf {part!r}.")
        if name in node:
            raise GDictKeyError(f"The path {path!r} is both a leaf and a container.")
        try:
            node[name] = own(leaf)  # longer paths may lead into it: it must be ours
        except Exception as error:
            raise_at(error, path)
    return own(_with_lists(root))


def _below(tree: Tree, paths: KeyPath | Iterable[KeyPath]) -> Callable[[Path], bool]:
    """Return whether a path is one of `paths` or below one; they must exist."""
    wanted: Any = [paths] if key_paths.is_key(paths) else paths
    chosen = [key_paths.resolve(tree, path)[0] for path in wanted]
    return lambda path: any(path[: len(prefix)] == prefix for prefix in chosen)


def _pattern_in_path(pattern: str | re.Pattern[str]) -> Callable[[str, Leaf], Any]:
    search = re.compile(pattern).search
    return lambda path, _: search(path)


def _kept(node: Tree, is_kept: Callable[[Path], bool], path: Path = ()) -> Tree:
    """Return the containers and leaves below `node` whose path is kept."""
    out: dict[Key, Tree] = {}
    for key, child in children(node):
        where = (*path, key)
        if type(child) in CONTAINERS:
            below = _kept(child, is_kept, where)
            if len(below) or is_kept(where):
                out[key] = below
        elif is_kept(where):
            out[key] = child
    if type(node) is not dict and len(out) == len(node):
        return type(node)(out.values())
    return out


def _with_lists(node: Data) -> Data:
    if type(node) is not dict:
        return node
    out = {key: _with_lists(child) for key, child in node.items()}
    numbers = [str(number) for number in range(len(out))]
    if out and out.keys() == set(numbers):
        return [out[number] for number in numbers]
    return out
