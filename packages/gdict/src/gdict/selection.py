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
        chosen = _resolved(self._gdict_tree, paths)
        return self._wrap(
            _kept(self._gdict_tree, lambda path: any(path[: len(c)] == c for c in chosen))
        )

    def exclude_keys(self, paths: KeyPath | Iterable[KeyPath]) -> Self:
        """Return everything but what lies at or below `paths`; leaves are shared.

        Raises:
            GDictKeyError: If a path leads nowhere.
        """
        chosen = _resolved(self._gdict_tree, paths)
        return self._wrap(
            _kept(self._gdict_tree, lambda path: not any(path[: len(c)] == c for c in chosen))
        )

    def filter(self, condition: str | re.Pattern[str] | Callable[[str, Any], bool]) -> Self:
        """Return the leaves that fulfil a condition, nested as before.

        Args:
            condition: A regular expression to be found in the path (`re.search`), or a predicate
                of the path and the leaf.
        """
        if isinstance(condition, str | re.Pattern):
            pattern = re.compile(condition)
            chosen = {
                path
                for path, _ in tree.iterate_leaves(self._gdict_tree)
                if pattern.search(path_text(path))
            }
        else:
            chosen = {
                path
                for path, leaf in tree.iterate_leaves(self._gdict_tree)
                if condition(path_text(path), leaf)
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


def _resolved(data: Any, paths: KeyPath | Iterable[KeyPath]) -> list[Path]:
    wanted: Any = [paths] if keys.is_key(paths) else paths
    return [_stored_path(data, path) for path in wanted]


def _stored_path(data: Any, path: KeyPath) -> Path:
    """Return the keys as they are stored, so that text and numbers compare."""
    node = data
    found: list[str | int] = []
    for part in keys.split_path(path):
        try:
            found.append(keys.child_key(node, part))
        except GDictKeyError as error:
            raise GDictKeyError(error.message, tuple(found)) from None
        node = node[found[-1]]
    return tuple(found)


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
