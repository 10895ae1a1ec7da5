"""Choosing leaves by path, and the flat form of nested data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from gdict import keys, tree
from gdict.errors import GDictKeyError, Path, path_text
from gdict.keys import KeyPath
from gdict.nested import Nested
from gdict.structure import Structure, separate


class Selection(Nested):
    """The part of GDict that selects by keys, flattens and unflattens."""

    __slots__ = ()

    def select_by_keys(self, paths: KeyPath | Iterable[KeyPath]) -> Self:
        """Return what lies at or below `paths`, nested as before; leaves are shared.

        A selected item of a list or tuple turns its container into a dict with the item's number
        as its key, unless all items are selected.

        Raises:
            GDictKeyError: If a path leads nowhere.
        """
        is_below = _below(self._gdict_tree, paths)
        return self._wrap(_kept(self._gdict_tree, is_below))

    def exclude_keys(self, paths: KeyPath | Iterable[KeyPath]) -> Self:
        """Return everything but what lies at or below `paths`; leaves are shared.

        Raises:
            GDictKeyError: If a path leads nowhere.
        """
        is_below = _below(self._gdict_tree, paths)
        return self._wrap(_kept(self._gdict_tree, lambda path: not is_below(path)))

    def filter(self, condition: str | re.Pattern[str] | Callable[[str, Any], bool]) -> Self:
        """Return the leaves that fulfil a condition, nested as before.

        Args:
            condition: A regular expression to be found in the path (`re.search`), or a predicate
                of the path and the leaf.
        """
        fulfils: Callable[[str, Any], Any] = (
            _pattern_in_path(condition) if isinstance(condition, str | re.Pattern) else condition
        )
        chosen = {
            path
            for path, leaf in tree.iterate_leaves(self._gdict_tree)
            if fulfils(path_text(path), leaf)
        }
        return self._wrap(_kept(self._gdict_tree, chosen.__contains__))

    def flatten_keys(self) -> dict[str, Any]:
        """Return a plain dict from path to leaf; empty containers leave no trace."""
        return {path_text(path): leaf for path, leaf in tree.iterate_leaves(self._gdict_tree)}

    @classmethod
    def unflatten_keys(cls, flat: Mapping[str, Any]) -> Self:
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
            node[name] = leaf
        return cls._checked(tree.own(_with_lists(root)))

    def flatten(self) -> tuple[list[Any], Structure]:
        """Return all leaves in order, and the structure that puts them back."""
        return separate(self._gdict_tree)

    @classmethod
    def unflatten(cls, structure: Structure, leaves: Iterable[Any]) -> Self:
        """Undo `flatten`, with these or other leaves.

        Raises:
            GDictValueError: If the number of leaves is another one.
        """
        return cls._checked(structure.unflatten(leaves))


def _below(data: Any, paths: KeyPath | Iterable[KeyPath]) -> Callable[[Path], bool]:
    """Return whether a path is one of `paths` or below one; they must exist."""
    wanted: Any = [paths] if keys.is_key(paths) else paths
    chosen = [keys.resolve(data, path)[0] for path in wanted]
    return lambda path: any(path[: len(prefix)] == prefix for prefix in chosen)


def _pattern_in_path(pattern: str | re.Pattern[str]) -> Callable[[str, Any], Any]:
    search = re.compile(pattern).search
    return lambda path, _: search(path)


def _kept(node: Any, is_kept: Callable[[Path], bool], path: Path = ()) -> Any:
    """Return the containers and leaves below `node` whose path is kept."""
    out: dict[str | int, Any] = {}
    for key, child in tree.children(node):
        where = (*path, key)
        if type(child) in tree.CONTAINERS:
            below = _kept(child, is_kept, where)
            if len(below) or is_kept(where):
                out[key] = below
        elif is_kept(where):
            out[key] = child
    if type(node) is not dict and len(out) == len(node):
        return type(node)(out.values())
    return out


def _with_lists(node: Any) -> Any:
    if type(node) is not dict:
        return node
    out = {key: _with_lists(child) for key, child in node.items()}
    numbers = [str(number) for number in range(len(out))]
    if out and out.keys() == set(numbers):
        return [out[number] for number in numbers]
    return out
