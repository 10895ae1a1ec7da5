"""Notes on the groups and datasets of a file, and errors that say where in it they happened."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gdict.aliases import Path
from gdict.errors import GDictFileError

MARK = "gdict"
"""Attribute of the root, and of objects of which names do not say all: a note in JSON."""


@contextmanager
def errors_at(path: Path) -> Iterator[None]:
    """Turn any error of h5py, which raises many types, into ours with the path of its object."""
    try:
        yield
    except GDictFileError as error:
        raise GDictFileError(error.message, error.path or path) from error.__cause__
    except Exception as error:
        raise GDictFileError(f"It is damaged and cannot be read: {error}.", path) from error


def mark(node: Any, note: dict[str, Any]) -> None:
    """Write a note on a group or dataset, given by its low-level id, unless it is empty.

    The text is of fixed length, because HDF5 keeps text of variable length in places without
    checksums.
    """
    if note:
        write_attribute(node, MARK, np.array(json.dumps(note).encode()))


def write_attribute(node: Any, name: str, value: np.ndarray) -> None:
    """Write an attribute of one value by h5py's low level, which takes half of the time."""
    from h5py import h5a, h5s, h5t

    kind = h5t.py_create(value.dtype, logical=True)
    h5a.create(node, name.encode(), kind, h5s.create(h5s.SCALAR)).write(value)


def mark_of(node: Any) -> dict[str, Any]:
    """Return what `mark` wrote; empty for objects of other tools."""
    if MARK not in node.attrs:
        return {}
    if node.attrs.get_id(MARK).dtype.kind != "S":
        raise GDictFileError(f"The attribute `{MARK}` is not one of ours.")
    note = json.loads(node.attrs[MARK])
    if not isinstance(note, dict):
        raise GDictFileError(f"The attribute `{MARK}` is damaged.")
    return note
