"""The nesting of an HDF5 file, decoded from the names and links in it, before any leaf is read.

Three ways of naming are read: ours (plain names; attributes mark lists, tuples and integer keys),
that of the original gdict (`dict_str_KEY`, `dict_int_KEY`, `list_int_INDEX`; a bare array is
called `GDict`), and plain names of other tools.

A file may come from a stranger: links to other places are refused, each group is entered once,
and depth is limited, so that no file makes the scan leave it or run on for ever.
"""

import re
from typing import Any

from gdict.aliases import Key, Path, Tree
from gdict.errors import GDictFileError
from gdict.files.hdf5.notes import MARK, errors_at, mark_of

MAX_DEPTH = 100
"""Deepest nesting that is read or written."""

_ORIGINAL_KEY = re.compile(r"dict_(str|int)_(.*)", re.DOTALL)
_ORIGINAL_ITEM = re.compile(r"list_int_(\d+)")
_INTEGER_NAME = re.compile(r"int__(\d+)")


def scan(file: Any) -> Tree:
    """Return nested containers whose leaves are the file's h5py datasets.

    Raises:
        GDictFileError: If names, links or objects are damaged or refused; the path says where.
    """
    with errors_at(()):
        ours = MARK in file.attrs
    return _scan_group(file, (), set(), ours)


def _scan_group(group: Any, path: Path, entered: set[int], ours: bool) -> Tree:
    import h5py

    children: dict[str, Tree] = {}
    with errors_at(path):
        _enter(group, path, entered)
        for name in group:
            with errors_at((*path, name)):
                node = _linked(group, name)
            is_group = isinstance(node, h5py.Group)
            children[name] = _scan_group(node, (*path, name), entered, ours) if is_group else node
        return _decoded_ours(group, children) if ours else _decoded(children, is_root=not path)


def _enter(group: Any, path: Path, entered: set[int]) -> None:
    import h5py

    address = h5py.h5o.get_info(group.id).addr
    if address in entered:
        raise GDictFileError("This group is linked from two places, which is not read.")
    if len(path) > MAX_DEPTH:
        raise GDictFileError(f"The file is nested deeper than {MAX_DEPTH} groups.")
    entered.add(address)


def _linked(group: Any, name: str) -> Any:
    """Return the group or dataset that `name` is a direct link to."""
    import h5py

    link = group.id.links.get_info(name.encode("utf-8", "surrogateescape"))
    if link.type != h5py.h5l.TYPE_HARD:
        raise GDictFileError("Links to other places or files are not followed.")
    node = group[name]
    if not isinstance(node, h5py.Group | h5py.Dataset):
        raise GDictFileError(f"Expected a group or dataset, got a {type(node).__name__}.")
    return node


def _decoded_ours(group: Any, children: dict[str, Tree]) -> Tree:
    note = mark_of(group)
    kind = note.get("kind", "dict")
    if kind == "leaf":
        return children["GDict"]
    if kind in ("list", "tuple"):
        items = [children[str(number)] for number in range(len(children))]
        return items if kind == "list" else tuple(items)
    integers = note.get("integers", [])
    return {int(name) if name in integers else name: child for name, child in children.items()}


def _decoded(children: dict[str, Tree], is_root: bool) -> Tree:
    if is_root and list(children) == ["GDict"] and not isinstance(children["GDict"], dict | list):
        return children["GDict"]
    items = [_ORIGINAL_ITEM.fullmatch(name) for name in children]
    if items and all(items):
        return _original_list(children)
    keys = [_ORIGINAL_KEY.fullmatch(name) for name in children]
    if all(keys):
        return _original_dict(children)
    return {_plain_key(name): child for name, child in children.items()}


def _original_list(children: dict[str, Tree]) -> list[Tree]:
    names = [f"list_int_{number}" for number in range(len(children))]
    if set(names) != set(children):
        raise GDictFileError(f"The list has gaps: it has the items {sorted(children)[:20]}.")
    return [children[name] for name in names]


def _original_dict(children: dict[str, Tree]) -> dict[Key, Tree]:
    decoded: dict[Key, Tree] = {}
    for name, child in children.items():
        _, kind, text = name.split("_", 2)
        if not text or (kind == "int" and not text.isdigit()):
            raise GDictFileError(f"The name {name!r} stands for no key.")
        decoded[int(text) if kind == "int" else text] = child
    return decoded


def _plain_key(name: str) -> Key:
    match = _INTEGER_NAME.fullmatch(name)
    return int(match[1]) if match else name


def original_name(kind: type, key: Key) -> str:
    """Return the name by which the original gdict stores a child of a `kind` of container."""
    return f"{'dict' if kind is dict else 'list'}_{type(key).__name__}_{key}"
