"""Groups and arrays of a zarr directory or zip file, and nothing outside of it."""

from __future__ import annotations

import importlib
import json
import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, final

import numpy as np

from spawnnet_data.common.errors import DataError, Problem, reason
from spawnnet_data.common.extras import require
from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.files import (
    DataFolder,
    excess_problem,
    size_problem,
    stored_bytes,
    whole_chunks,
)

_METADATA = (".zarray", "zarr.json")
_OF_GROUPS = (".zgroup", ".zattrs", ".zmetadata", "zarr.json")


@final
class ZarrStore:
    """A group of zarr, version 2 or 3, opened when needed; can be pickled."""

    def __init__(self, path: Path, follow_links: bool = False) -> None:
        self._path = path
        self._folder = DataFolder(path, follow_links)
        self._groups: RecentlyUsed[Path, Any] = RecentlyUsed(_open_group, 1)
        self._zips: RecentlyUsed[Path, zipfile.ZipFile] = RecentlyUsed(zipfile.ZipFile, 1)

    def array_names(self, group: str) -> list[str]:
        """Return the paths of the arrays below a group, also of those that cannot be opened.

        Raises:
            DataError: If the group is missing or lies elsewhere.
        """
        if self._path.is_file():
            return [name for name in _names_in_zip(self._path, group) if name]
        root = self._path / group
        if not root.is_dir():
            raise DataError(Problem(str(self._path), f"no replay buffer, `{group}` is missing."))
        for file in (folder / name for folder in (self._path, root) for name in _OF_GROUPS):
            message = self._folder.problem(file) if os.path.lexists(file) else None
            if message:
                raise DataError(Problem(str(file), message))
        return [name for name in _names_below(root, "") if name]

    def array(self, path: str, key: str = "") -> Any:
        """Return an open array.

        Args:
            path: Its path within the store.
            key: Its key, for messages.

        Raises:
            DataError: If it cannot be opened, lies elsewhere, or is larger than what is stored.
        """
        place = Problem(str(self._path), "", key=key)
        if self._path.is_dir():
            message = self._folder.tree_problem(self._path / path)
            if message:
                raise DataError(Problem(place.file, message, key=key))
        try:
            array = self._open(path)
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise DataError(Problem(place.file, _told(error), key=key)) from error
        message = _size_problem(array, self._stored_bytes(path))
        if message:
            raise DataError(Problem(place.file, message, key=key))
        return array

    def file(self, path: str, name: str) -> bytes | None:
        """Return a file of an array, such as a chunk, or None if there is none.

        Args:
            path: Path of the array, which has been opened and so is known to be inside.
            name: Path of the file within it.
        """
        try:
            if self._path.is_dir():
                return (self._path / path / name).read_bytes()
            return self._zips.get(self._path).read(f"{path}/{name}")
        except (FileNotFoundError, KeyError):
            return None

    def close(self) -> None:
        """Close the zip file, if it is one."""
        self._groups.close()
        self._zips.close()

    def _stored_bytes(self, path: str) -> int:
        """Return the size of what is stored of an array, of a zip file unpacked."""
        if self._path.is_dir():
            return stored_bytes(self._path / path)
        return self._unpacked_bytes[path]

    @cached_property
    def _unpacked_bytes(self) -> Counter[str]:
        """Size of everything below each folder of a zip file."""
        sizes: Counter[str] = Counter()
        with zipfile.ZipFile(self._path) as archive:
            for entry in archive.infolist():
                for folder in PurePosixPath(entry.filename).parents:
                    sizes[str(folder)] += entry.file_size
        return sizes

    def _open(self, path: str) -> Any:
        try:
            return self._groups.get(self._path)[path]
        except ValueError as error:
            if "imagecodecs" not in str(error) or not _registers_image_codecs():
                raise
            return self._groups.get(self._path)[path]


def _open_group(path: Path) -> Any:
    zarr = require("zarr", "zarr")
    if path.is_file():
        return zarr.open_group(zarr.storage.ZipStore(path, mode="r"), mode="r")
    return zarr.open_group(str(path), mode="r")


def _names_in_zip(path: Path, group: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            file = PurePosixPath(name)
            if file.name not in _METADATA or not file.is_relative_to(group):
                continue
            if file.name == ".zarray" or _is_array(archive.read(name)):
                yield str(file.parent.relative_to(group))


def _names_below(directory: Path, prefix: str) -> Iterator[str]:
    """Yield the arrays below a directory; their chunks are not walked through."""
    metadata = [directory / name for name in _METADATA if (directory / name).is_file()]
    if any(file.name == ".zarray" or _is_array(file.read_bytes()) for file in metadata):
        yield prefix
        return
    for child in sorted(directory.iterdir()):
        if child.is_symlink() and child.is_dir():
            # Opening it says that it lies elsewhere.
            yield f"{prefix}/{child.name}".strip("/")
        elif child.is_dir():
            yield from _names_below(child, f"{prefix}/{child.name}".strip("/"))


def _is_array(metadata: bytes) -> bool:
    """Whether metadata of version 3 are those of an array; damaged ones are taken for them."""
    try:
        return bool(json.loads(metadata)["node_type"] == "array")
    except (ValueError, TypeError, KeyError, RecursionError):
        return True


def _registers_image_codecs() -> bool:
    try:
        importlib.import_module("imagecodecs.numcodecs").register_codecs()
    except ImportError:
        return False
    return True


def _told(error: Exception) -> str:
    text = reason(error)
    if "codec" not in text:
        return f"cannot be opened, {text}."
    remedy = "pip install imagecodecs" if "imagecodecs" in text else "register it with numcodecs"
    return f"cannot be decoded, {text}; {remedy}."


def _size_problem(array: Any, stored: int) -> str | None:
    """Return why what is stored of an array cannot be what it declares, or None."""
    if np.dtype(array.dtype).kind not in "biufc" or 0 in array.shape:
        return None
    chunks = getattr(array, "shards", None) or array.chunks
    shape = [max(sizes) for sizes in zip(array.shape, chunks, strict=True)]
    width = np.dtype(array.dtype).itemsize
    declared = int(np.prod(shape, dtype=object)) * width
    values = whole_chunks(array.shape, chunks) * width
    return size_problem(declared, stored) or excess_problem(values, stored)
