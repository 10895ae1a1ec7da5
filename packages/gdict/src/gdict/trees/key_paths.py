"""Key paths: `"obs/rgb"` or `("obs", "rgb")` lead from the root to one child."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gdict.aliases import Data, Key, KeyPath, Path, Tree
from gdict.errors import GDictKeyError, GDictTypeError
from gdict.trees.nodes import CONTAINERS, check_key, children, own


def split_path(key: KeyPath) -> Path:
    """Return the parts of a key path.

    Raises:
        GDictTypeError: If it is no key path; the text says why.
    """
    if isinstance(key, str):
        return tuple(key.split("/"))
    if not isinstance(key, tuple):
        raise GDictTypeError(f"A key path is a string or a tuple, got {key!r}.")
    for part in key:
        if not isinstance(part, str | int | np.integer):
            raise GDictTypeError(
                f"A key path holds strings and integers, got {part!r} in {key!r}; "
                "index in a second pair of brackets."
            )
    return tuple(part if isinstance(part, str) else int(part) for part in key)


def is_key(key: object) -> bool:
    """Return whether `key` is a key path; everything else is an array index."""
    return isinstance(key, str) or (
        isinstance(key, tuple) and len(key) > 0 and isinstance(key[0], str)
    )


def find_key(node: Tree, part: Key) -> Key | None:
    """Return the key by which `part` of a path is found in `node`, or None.

    Numbers in a path are written as text (`list/0`), so text and numbers name the same child.
    """
    number = int(part) if isinstance(part, int) or _is_number(part) else None
    if type(node) is dict:
        for candidate in (part, number, str(part)):
            if candidate is not None and candidate in node:
                return candidate
    elif type(node) in CONTAINERS and number is not None and -1 < number < len(node):
        return number
    return None


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and (part == "0" or part[0] != "0")


def _missing(node: Tree, part: Key) -> str:
    import difflib  # only for messages, and not quick to import

    if type(node) is dict:
        near = difflib.get_close_matches(str(part), map(str, node), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else f" The keys are {list(node)[:20]}."
        return f"There is no key {part!r}.{hint}"
    if type(node) in CONTAINERS:
        return f"There is no item {part!r}: this {type(node).__name__} has {len(node)} items."
    return f"There is nothing below this leaf of type {type(node).__name__}, got key {part!r}."


def _walk(tree: Tree, parts: Path) -> tuple[Path, Tree]:
    """Follow a path as far as the data goes; return the keys on that way as stored, and the end."""
    node = tree
    walked: Path = ()
    for part in parts:
        stored = find_key(node, part)
        if stored is None:
            break
        node = node[stored]
        walked = (*walked, stored)
    return walked, node


def resolve(tree: Tree, key: KeyPath) -> tuple[Path, Tree]:
    """Return the path to the container or leaf at `key`, as its keys are stored, and itself.

    Raises:
        GDictKeyError: If it does not exist; the path leads as far as the data goes.
    """
    parts = split_path(key)
    walked, node = _walk(tree, parts)
    if len(walked) < len(parts):
        raise GDictKeyError(_missing(node, parts[len(walked)]), walked)
    return walked, node


def lookup(tree: Tree, key: KeyPath) -> Tree:
    """Return the container or leaf at `key`.

    Raises:
        GDictKeyError: If it does not exist; the path leads as far as the data goes.
    """
    return follow(tree, split_path(key))


def follow(tree: Tree, parts: Iterable[Key]) -> Tree:
    """Return the container or leaf at the end of the parts of a path; see `lookup`."""
    node = tree
    try:  # what is usual, fast: keys of dicts, as they are stored
        for part in parts:
            if type(node) is not dict:
                break
            node = node[part]
        else:
            return node
    except (KeyError, TypeError):  # a number as text, or an error, both left to `resolve`
        pass
    return resolve(tree, tuple(parts))[1]


def contains(tree: Tree, key: object) -> bool:
    """Return whether `key`, a key path or an integer key, leads to a container or leaf."""
    path: Any = str(key) if isinstance(key, int) else key  # as iteration gives them
    if not is_key(path):
        return False
    parts = split_path(path)
    return len(_walk(tree, parts)[0]) == len(parts)


def assign(tree: Tree, key: KeyPath, value: Data) -> None:
    """Put `value` at `key`; dicts that do not exist on the way are created.

    Raises:
        GDictKeyError: If the way leads through a leaf, or past the end of a list.
        GDictTypeError: If the parent is a tuple.
    """
    parts = split_path(key)
    node = tree
    for part in parts[:-1]:
        if type(node) is not dict or part not in node:
            break
        node = node[part]
    else:
        if type(node) is dict and parts[-1] in node:  # what is usual, fast
            node[parts[-1]] = own(value)
            return
    _assign_new(tree, parts, own(value))


def _assign_new(tree: Tree, parts: Path, value: Tree) -> None:
    for part in parts:
        check_key(part)
    walked, node = _walk(tree, parts[:-1])
    name, *rest = parts[len(walked) :]
    if type(node) is tuple:
        raise GDictTypeError("A tuple does not change; replace it as a whole.", walked)
    key = find_key(node, name)
    if key is None and type(node) is not dict:
        raise GDictKeyError(_missing(node, name), walked)
    for part in reversed(rest):
        value = {part: value}
    node[name if key is None else key] = value


def delete(tree: Tree, key: KeyPath) -> None:
    """Remove the container or leaf at `key`.

    Raises:
        GDictKeyError: If it does not exist.
        GDictTypeError: If its parent is a tuple, or `key` is an array index.
    """
    if not is_key(key):
        raise GDictTypeError(f"Only keys can be deleted, got the index {key!r}.")
    (*parents, name), _ = resolve(tree, key)
    parent = lookup(tree, tuple(parents))
    if type(parent) is tuple:
        raise GDictTypeError("A tuple does not change; replace it as a whole.", tuple(parents))
    del parent[name]


def to_dict(tree: Tree) -> dict[Key, Tree]:
    """Return plain dicts, lists and tuples with the same leaves.

    Raises:
        GDictTypeError: If the root is no dict; `to_plain` takes any.
    """
    if type(tree) is not dict:
        raise GDictTypeError(f"The root is a {type(tree).__name__} and no dict; see `to_plain`.")
    owned: dict[Key, Tree] = own(tree)
    return owned


def update(tree: Tree, other: Data) -> None:
    """Merge `other`, a GDict or mapping, in place: dicts deeply, all else is replaced.

    Raises:
        GDictTypeError: If one of them is no dict.
    """
    owned = own(other)
    if type(owned) is not dict or type(tree) is not dict:
        raise GDictTypeError("Only a dictionary can be merged into a dictionary.")
    _merge(tree, owned)


def _merge(tree: dict[Key, Tree], other: dict[Key, Tree]) -> None:
    for key, child in children(other):
        stored = find_key(tree, key)
        mine = None if stored is None else tree[stored]
        if type(mine) is dict and type(child) is dict:
            _merge(mine, child)
        else:
            tree[key if stored is None else stored] = child


def merged(tree: Tree, other: Data) -> Tree:
    """Return both merged: dicts deeply, of all else what `other` has; both stay as they are.

    Raises:
        GDictTypeError: If one of them is no dict.
    """
    both = own(tree)
    update(both, other)
    return both


def merged_onto(tree: Tree, other: Data) -> Tree:
    """Return both merged, of what both have that of `tree`; see `merged`."""
    return merged(own(other), tree)


def renamed(tree: Tree, names: Mapping[KeyPath, KeyPath]) -> Tree:
    """Return the nesting with children at other key paths, where they come last; leaves are shared.

    All are taken out before the first is put back, so names may be exchanged. Dicts that do not
    exist on the way are created.

    Args:
        tree: The nesting.
        names: New key paths by the old ones.

    Raises:
        GDictKeyError: If an old path does not exist, or there is something at a new one.
        GDictTypeError: If the parent of an old path is no dict.
    """
    out = own(tree)
    found = [resolve(out, old) for old in names]
    for path, _ in found:
        if type(lookup(out, path[:-1])) is not dict:
            raise GDictTypeError("Items of lists and tuples have numbers for names.", path)
        delete(out, path)
    for (_, child), new in zip(found, names.values(), strict=True):
        if contains(out, new):
            raise GDictKeyError("There is something at the new path already.", split_path(new))
        assign(out, new, child)
    return out
