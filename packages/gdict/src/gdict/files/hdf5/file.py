"""HDF5 files: save, load, and open with the leaves left on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, final, get_args

from gdict.aliases import Data, FilePath, KeyPath, Tree
from gdict.arrays.backend import require
from gdict.classes.gdict import GDict
from gdict.errors import GDictFileError, GDictValueError, raise_at
from gdict.files.atomic import replacing
from gdict.files.hdf5.leaf import LeafReader, write_leaf
from gdict.files.hdf5.notes import mark
from gdict.files.hdf5.scan import MAX_DEPTH, original_name, scan
from gdict.trees.nodes import CONTAINERS, children, own
from gdict.trees.selection import select_by_keys
from gdict.trees.walks import map_paths

Layout = Literal["plain", "original"]


def save_hdf5(
    data: Data,
    path: FilePath,
    *,
    compression: str | int | None = None,
    chunks: int | None = None,
    layout: Layout = "plain",
) -> None:
    """Write an HDF5 file, in a form that other tools read too.

    Tensors and datasets are stored as arrays, strings, numbers and None as JSON. Arrays get
    a checksum, which `load_hdf5` verifies.

    Args:
        data: A GDict, or what can become one.
        path: The file; an interrupted save leaves the old one.
        compression: `gzip`, `lzf`, or a gzip level from 0 to 9; None stores plain arrays,
            which are the fastest to read in slices.
        chunks: Rows (entries of the first axis) per chunk; None chooses chunks of about
            64 KiB if compressed, and none otherwise.
        layout: `plain` names groups and datasets by their keys; `original` writes what the
            original gdict reads.

    Raises:
        GDictTypeError: If a leaf can be stored neither as an array nor as JSON; the path
            names it, and the old file is kept.
        GDictFileError: If a key is `.` or contains a zero byte, or the nesting is too deep.
        GDictValueError: If `chunks` is not positive, or `compression` or `layout` unknown.
        MissingExtraError: If h5py is not installed.
    """
    h5py = require("h5py", "hdf5")
    if layout not in get_args(Layout):
        raise GDictValueError(f"layout must be one of {get_args(Layout)}, got {layout!r}.")
    if chunks is not None and chunks < 1:
        raise GDictValueError(f"chunks must be at least one row, got {chunks}.")
    tree = own(data)
    options: dict[str, Any] = {
        "compression": compression,
        "chunks": chunks,
        "original": layout == "original",
    }
    # Since its version 1.8 the format protects its own structures by checksums.
    with (
        replacing(path) as temporary,
        h5py.File(temporary, "w", libver=("v108", "v108"), track_order=True) as file,
    ):
        if type(tree) in CONTAINERS:
            _write_children(file, tree, options, 0)
        else:
            write_leaf(file, "GDict", tree, **options)
        if layout == "plain":
            mark(file.id, {"version": 1, **_note(tree)})


def _write_children(group: Any, node: Tree, options: dict[str, Any], depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise GDictFileError(f"Data nested deeper than {MAX_DEPTH} containers cannot be stored.")
    for key, child in children(node):
        try:
            name = original_name(type(node), key) if options["original"] else str(key)
            if name == "." or "\0" in name:
                raise GDictFileError("HDF5 cannot store this name.")
            if type(child) in CONTAINERS:
                below = group.create_group(name, track_order=True)
                _write_children(below, child, options, depth + 1)
                if not options["original"]:
                    mark(below.id, _note(child))
            else:
                write_leaf(group, name, child, **options)
        except Exception as error:
            raise_at(error, key)


def _note(node: Tree) -> dict[str, Any]:
    """Return what names alone do not say about a container."""
    if type(node) is not dict:
        return {"kind": type(node).__name__ if type(node) in CONTAINERS else "leaf"}
    integers = [str(key) for key in node if isinstance(key, int)]
    return {"integers": integers} if integers else {}


def load_hdf5(
    path: FilePath, keys: KeyPath | Iterable[KeyPath] | None = None, *, allow_pickle: bool = False
) -> GDict:
    """Read an HDF5 file into memory: ours, the original gdict's, or any with plain names.

    Args:
        path: The file.
        keys: Key paths of what to read; None reads everything.
        allow_pickle: Whether leaves that the original stored as pickles are unpickled, which
            can run code that the file brings along.

    Raises:
        GDictFileError: If the file is damaged, refers to other files, or holds a pickle and
            `allow_pickle` is false; the path names the leaf.
        GDictKeyError: If one of `keys` is not in the file.
        MissingExtraError: If h5py is not installed.
    """
    with _opened(path) as file:
        reader = LeafReader(path, allow_pickle)
        return GDict(map_paths(reader.read, _chosen(file, keys)))


@final
class OpenHDF5(GDict):
    """A GDict over an open HDF5 file: arrays are h5py datasets until they are indexed.

    Close it, or use it in a `with` statement. Without either, the file closes when the last of
    its datasets is gone. A pickled one opens the file again, such as in a data loader's worker.
    """

    __slots__ = ("_file", "_keys")

    _file: Any
    _keys: Any

    @classmethod
    def _wrap(cls, owned: Tree) -> Any:
        return GDict._wrap(owned)

    _child = _checked = _wrap

    def __reduce__(self) -> tuple[Any, ...]:
        return open_hdf5, (Path(self._file.filename).resolve(), self._keys)

    def close(self) -> None:
        """Close the file; leaves on disk can no longer be read."""
        self._file.close()

    def __enter__(self) -> OpenHDF5:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_hdf5(path: FilePath, keys: KeyPath | Iterable[KeyPath] | None = None) -> OpenHDF5:
    """Open an HDF5 file and leave its arrays on disk; indexing reads only what it needs.

    Scalars, strings and arrays of text are read at once. Checksums are not verified.

    Args:
        path: The file.
        keys: Key paths of what to open; None opens everything.

    Raises:
        GDictFileError: If the file is damaged, refers to other files, or holds a pickle.
        GDictKeyError: If one of `keys` is not in the file.
        MissingExtraError: If h5py is not installed.
    """
    file = _opened(path)
    try:
        reader = LeafReader(path, allow_pickle=False)
        opened = OpenHDF5(map_paths(reader.leave, _chosen(file, keys)))
    except BaseException:
        file.close()
        raise
    opened._file, opened._keys = file, keys
    return opened


def _opened(path: FilePath) -> Any:
    h5py = require("h5py", "hdf5")
    try:
        return h5py.File(path, "r")
    except FileNotFoundError:
        raise
    except Exception as error:
        raise GDictFileError(f"{os.fspath(path)} cannot be opened as HDF5: {error}.") from error


def _chosen(file: Any, keys: KeyPath | Iterable[KeyPath] | None) -> Tree:
    found = scan(file)
    return found if keys is None else select_by_keys(found, keys)
