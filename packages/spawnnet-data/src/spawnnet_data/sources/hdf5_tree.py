"""Groups and arrays of an HDF5 file, through every kind of link, and nothing outside the file."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, final

import h5py
import numpy as np

from spawnnet_data.common.errors import DataError, Problem, reason
from spawnnet_data.sources.files import HOW_TO_FOLLOW, excess_problem, size_problem, whole_chunks
from spawnnet_data.sources.hdf5_chunks import compressors

# A group or an array: h5py has no type information.
Node: TypeAlias = Any
_DEEPEST = 32
_MOST_LINKS = 64
_MOST_ARRAYS = 10_000


@final
class Tree:
    """What can be reached in a file.

    HDF5's own walk leaves out soft links, external links and the second name of an array.
    """

    def __init__(self, follow_links: bool = False) -> None:
        """Decide whether values in other files are read, which are refused by default."""
        self._follow_links = follow_links

    def child(self, group: h5py.Group, path: str) -> Node:
        """Return what a path leads to.

        Raises:
            DataError: If that is nothing, damaged or in another file.
        """
        try:
            found = self._find(group, path, [])
        except (KeyError, OSError, RuntimeError, ValueError) as error:
            message = f"cannot be opened, {hdf5_reason(error)}."
        else:
            if isinstance(found, h5py.Group | h5py.Dataset):
                return found
            message = found if isinstance(found, str) else "is neither an array nor a group."
        raise DataError(Problem(str(group.file.filename), message, key=path))

    def arrays(self, group: h5py.Group) -> Iterator[tuple[str, h5py.Dataset | Problem]]:
        """Yield every array below a group by its path, or why it is not read.

        Raises:
            DataError: If there are more than a data set can have.
        """
        for count, item in enumerate(self._walk(group, "", [])):
            if count == _MOST_ARRAYS:
                message = f"has more than {_MOST_ARRAYS:,} arrays in one episode."
                raise DataError(Problem(str(group.file.filename), message))
            yield item

    def _walk(
        self, group: h5py.Group, prefix: str, above: list[h5py.Group]
    ) -> Iterator[tuple[str, h5py.Dataset | Problem]]:
        for name in group:
            path = f"{prefix}{name}"
            try:
                node = self.child(group, name)
            except DataError as error:
                yield path, error.problem
                continue
            if isinstance(node, h5py.Dataset):
                message = self._refusal(node)
                problem = Problem(str(node.file.filename), message or "", key=path)
                yield path, problem if message else node
            # A group may contain itself.
            elif node not in (group, *above) and len(above) < _DEEPEST:
                yield from self._walk(node, f"{path}/", [*above, group])

    def _find(self, start: h5py.Group, path: str, passed: list[str]) -> Node:
        """Return what a path leads to, or in words why it is not followed.

        Soft links are walked here, as HDF5 would go on into other files.
        """
        node = start.file["/"] if path.startswith("/") else start
        for name in filter(None, path.split("/")):
            if not isinstance(node, h5py.Group):
                return (
                    node if isinstance(node, str) else f"is a link to {path}, which is not there."
                )
            node = self._step(node, name, passed)
        return node

    def _step(self, group: h5py.Group, name: str, passed: list[str]) -> Node:
        link = None if name == "." else group.get(name, getlink=True)
        if self._follow_links or not isinstance(link, h5py.SoftLink | h5py.ExternalLink):
            return group[name]
        if isinstance(link, h5py.ExternalLink):
            return f"lies in another file, {link.filename}; {HOW_TO_FOLLOW}."
        passed.append(link.path)
        if len(passed) > _MOST_LINKS:
            return f"is a link to {link.path}, through too many links."
        return self._find(group, link.path, passed)

    def _refusal(self, dataset: h5py.Dataset) -> str | None:
        """Return why an array is not read, or None."""
        elsewhere = dataset.is_virtual or dataset.external is not None
        if elsewhere and not self._follow_links:
            return f"keeps its values in other files; {HOW_TO_FOLLOW}."
        missing = _missing_filter(dataset)
        if missing:
            return f"needs the HDF5 filter {missing}, which is missing: pip install hdf5plugin."
        if len(compressors(dataset)) > 1:
            return "is compressed twice, which multiplies what a few bytes become."
        if elsewhere or h5py.check_vlen_dtype(dataset.dtype) is not None:
            return None
        stored, shape = dataset.id.get_storage_size(), dataset.shape or ()
        values = whole_chunks(shape, dataset.chunks or shape) if 0 not in shape else 0
        return size_problem(_declared_bytes(dataset), stored) or excess_problem(
            values * int(dataset.dtype.itemsize), stored
        )


def _declared_bytes(dataset: h5py.Dataset) -> int:
    """Return the bytes of an array, or of one chunk where that is larger."""
    shape = dataset.shape or ()
    sizes = [max(each) for each in zip(shape, dataset.chunks or shape, strict=True)]
    return int(np.prod(sizes, dtype=object)) * int(dataset.dtype.itemsize)


def _missing_filter(dataset: h5py.Dataset) -> str | None:
    """Return the name of a decoder that is not there, not even in `hdf5plugin`."""
    properties = dataset.id.get_create_plist()
    for i in range(properties.get_nfilters()):
        code, _, _, name = properties.get_filter(i)
        if not h5py.h5z.filter_avail(code) and not _brings_filter(code):
            return f"{code} ({name.decode('utf-8', 'replace') or 'unnamed'})"
    return None


def _brings_filter(code: int) -> bool:
    try:
        importlib.import_module("hdf5plugin")
    except ImportError:
        return False
    return bool(h5py.h5z.filter_avail(code))


def hdf5_reason(error: Exception) -> str:
    """Return the last clause of an HDF5 error: `truncated file: eof = 96, ...`."""
    text = reason(error).strip("'\"")
    _, bracket, clause = text.partition("(")
    return clause.removesuffix(")") if bracket and text.endswith(")") else text


def unreadable(path: Path, error: Exception) -> Problem:
    """Return the problem of a file that does not open."""
    return Problem(str(path), f"cannot be opened, {hdf5_reason(error)}.")
