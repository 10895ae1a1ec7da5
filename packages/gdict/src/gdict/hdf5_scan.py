"""The nesting of an HDF5 file, decoded from the names and links in it, before any leaf is read.

Three ways of naming are read: ours (plain names; attributes mark lists, tuples and integer keys),
that of the original gdict (`dict_str_KEY`, `dict_int_KEY`, `list_int_INDEX`; a bare array is
called `GDict`), and plain names of other tools.

A file may come from a stranger: links to other places are refused, each group is entered once,
and depth is limited, so that no file makes the scan leave it or run on for ever.
"""

import json
import re
from typing import Any

from gdict.errors import GDictError, GDictFileError, Path

MAX_DEPTH = 100
"""Deepest nesting that is read or written."""

MARK = "gdict"
"""Attribute of what we write: the format's version on the root, JSON on groups and datasets."""

_ORIGINAL_KEY = re.compile(r"dict_(str|int)_(.*)", re.DOTALL)
_ORIGINAL_ITEM = re.compile(r"list_int_(\d+)")
_INTEGER_NAME = re.compile(r"int__(\d+)")


def scan(file: Any) -> Any:
    """Return nested containers whose leaves are the file's h5py datasets.

    Raises:
        GDictFileError: If names, links or objects are damaged or refused; the path says where.
    """
    ours = MARK in file.attrs
    return _scan_group(file, (), set(), ours)


def mark_of(node: Any) -> Any:
    """Return what we noted about a group or dataset: a dict, empty for other tools' objects."""
    text = node.attrs.get(MARK)
    return json.loads(text) if isinstance(text, str) else {}


def _scan_group(group: Any, path: Path, entered: set[Any], ours: bool) -> Any:
    import h5py

    address = h5py.h5o.get_info(group.id).addr
    if address in entered:
        raise GDictFileError("This group is linked from two places, which is not read.", path)
    if len(path) > MAX_DEPTH:
        raise GDictFileError(f"The file is nested deeper than {MAX_DEPTH} groups.")
    entered.add(address)
    children: dict[str, Any] = {}
    for name in _names(group, path):
        where = (*path, name)
        node = _linked(group, name, where)
        is_group = isinstance(node, h5py.Group)
        children[name] = _scan_group(node, where, entered, ours) if is_group else node
    try:
        return _decoded_ours(group, children) if ours else _decoded(children, is_root=not path)
    except GDictError as error:
        raise GDictFileError(error.message, path) from error
    except (ValueError, KeyError, TypeError) as error:
        raise GDictFileError(f"The notes on this group are damaged: {error}.", path) from error


def _names(group: Any, path: Path) -> list[str]:
    try:
        names = list(group)
    except Exception as error:
        raise GDictFileError(f"The group cannot be listed: {error}.", path) from error
    for name in names:
        if not isinstance(name, str) or (not name.isprintable() and "\x00" in name):
            raise GDictFileError(f"The name {name!r} is damaged.", path)
    return names


def _linked(group: Any, name: str, path: Path) -> Any:
    """Return the group or dataset that `name` is a direct link to."""
    import h5py

    try:
        link = group.id.links.get_info(name.encode("utf-8", "surrogateescape"))
        if link.type != h5py.h5l.TYPE_HARD:
            raise GDictFileError("Links to other places or files are not followed.", path)
        node = group[name]
    except GDictFileError:
        raise
    except Exception as error:
        raise GDictFileError(f"The object cannot be opened: {error}.", path) from error
    if not isinstance(node, h5py.Group | h5py.Dataset):
        raise GDictFileError(f"Expected a group or dataset, got a {type(node).__name__}.", path)
    return node


def _decoded_ours(group: Any, children: dict[str, Any]) -> Any:
    mark = mark_of(group)
    kind = mark.get("kind", "dict") if isinstance(mark, dict) else "dict"
    if kind == "leaf":
        return children["GDict"]
    if kind in ("list", "tuple"):
        items = [children[str(number)] for number in range(len(children))]
        return items if kind == "list" else tuple(items)
    integers = set(mark.get("integers", ())) if isinstance(mark, dict) else set()
    return {int(name) if name in integers else name: child for name, child in children.items()}


def _decoded(children: dict[str, Any], is_root: bool) -> Any:
    if is_root and list(children) == ["GDict"] and not isinstance(children["GDict"], dict | list):
        return children["GDict"]
    items = [_ORIGINAL_ITEM.fullmatch(name) for name in children]
    if items and all(items):
        return _original_list(children)
    keys = [_ORIGINAL_KEY.fullmatch(name) for name in children]
    if all(keys):
        return _original_dict(children)
    return {_plain_key(name): child for name, child in children.items()}


def _original_list(children: dict[str, Any]) -> list[Any]:
    names = [f"list_int_{number}" for number in range(len(children))]
    if set(names) != set(children):
        raise GDictFileError(f"The list has gaps: it has the items {sorted(children)[:20]}.")
    return [children[name] for name in names]


def _original_dict(children: dict[str, Any]) -> dict[str | int, Any]:
    decoded: dict[str | int, Any] = {}
    for name, child in children.items():
        _, kind, text = name.split("_", 2)
        if not text or (kind == "int" and not text.isdigit()):
            raise GDictFileError(f"The name {name!r} stands for no key.")
        decoded[int(text) if kind == "int" else text] = child
    return decoded


def _plain_key(name: str) -> str | int:
    match = _INTEGER_NAME.fullmatch(name)
    return int(match[1]) if match else name


def original_name(kind: type, key: str | int) -> str:
    """Return the name by which the original gdict stores a child of a `kind` of container."""
    return f"{'dict' if kind is dict else 'list'}_{type(key).__name__}_{key}"
