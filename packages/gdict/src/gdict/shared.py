"""Shared memory: one process writes, any number of others read the same bytes.

The memory is an anonymous file of Linux (`memfd_create`): it has no name that could be left
behind, and is gone with the last process that uses it, also if that process was killed. No
resource tracker is involved. Readers open it through the writer's entry in `/proc`.
"""

from __future__ import annotations

import json
import mmap
import os
import weakref
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gdict import keys, manifest, tree
from gdict.container import GDict
from gdict.errors import GDictError, GDictRuntimeError, GDictTypeError

ALIGNMENT = 64
"""Arrays start at multiples of a cache line, in bytes."""

_TOKEN_BYTES = 16


@dataclass(frozen=True)
class SharedHandle:
    """Where the memory is; picklable, about 150 bytes whatever the size of the data.

    Attributes:
        pid: The process that created the memory.
        descriptor: Its file descriptor there.
        token: Random bytes at the start of the memory, by which the right one is recognised.
    """

    pid: int
    descriptor: int
    token: bytes


class _Segment:
    """Keeps the descriptor open, through which others find the memory, until it is closed."""

    def __init__(self, handle: SharedHandle) -> None:
        self.handle = handle
        self.close = weakref.finalize(self, os.close, handle.descriptor)


@final
class SharedGDict(GDict):
    """A GDict whose arrays lie in memory that other processes read without copying.

    `SharedGDict(data)` copies `data` once and can be written to; what is pickled to another
    process is a handle, from which a read-only SharedGDict on the same memory is made there.
    The structure is fixed: setting a key copies the values into the array that is there. There
    are no locks: readers see numbers as they are written.

    The writer's process, or the descriptor it has opened, is needed only to attach. Memory is
    freed when the last process has dropped its arrays or died.

    Args:
        data: A GDict or anything it takes; tensors are stored as NumPy arrays.

    Raises:
        GDictRuntimeError: If the system is not Linux.
        GDictTypeError: If a leaf is neither an array nor a JSON value.
    """

    __slots__ = ("_segment",)

    _segment: _Segment | SharedHandle | None

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        found: list[np.ndarray] = []
        description = manifest.encode(self._gdict_tree, found)
        memory, self._segment, views = _create(description, found)
        del memory
        for view, array in zip(views, found, strict=True):
            view[...] = array
        self._gdict_tree = manifest.decode(_without_scalars(description), views)

    @classmethod
    def _wrap(cls, owned: Any) -> Any:
        return GDict._wrap(owned)

    @classmethod
    def _child(cls, owned: Any) -> SharedGDict:
        child = object.__new__(cls)
        child._gdict_tree, child._segment = owned, None
        return child

    def __reduce__(self) -> tuple[Any, ...]:
        if self._segment is None:
            return GDict, (self._gdict_tree,)
        return SharedGDict.attach, (self.handle,)

    @property
    def handle(self) -> SharedHandle:
        """Return what another process needs to attach.

        Raises:
            GDictTypeError: If this is only a part, read by its key.
        """
        if self._segment is None:
            raise GDictTypeError("Only the whole has a handle; attach it and read the key there.")
        return self._segment if isinstance(self._segment, SharedHandle) else self._segment.handle

    @classmethod
    def attach(cls, handle: SharedHandle) -> SharedGDict:
        """Return a read-only SharedGDict on the memory of `handle`.

        Raises:
            GDictRuntimeError: If the writer has closed it, or died.
        """
        try:
            descriptor = os.open(f"/proc/{handle.pid}/fd/{handle.descriptor}", os.O_RDONLY)
            try:
                memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            raise GDictRuntimeError(
                f"The memory of process {handle.pid} cannot be opened; it may have ended: {error}."
            ) from error
        if memory[:_TOKEN_BYTES] != handle.token:
            raise GDictRuntimeError(f"The memory of process {handle.pid} was replaced by another.")
        attached = cls._child(_read(memory))
        attached._segment = handle
        return attached

    def close(self) -> None:
        """Let no other process attach from now on; those that have are not affected."""
        if isinstance(self._segment, _Segment):
            self._segment.close()

    def __setitem__(self, key: Any, value: Any) -> None:
        """Copy values into the arrays at a key path or an index of all leaves."""
        if not keys.is_key(key):
            super().__setitem__(key, value)
            return
        target = keys.lookup(self._gdict_tree, key)
        try:
            self._assign(..., target, GDict(value)._gdict_tree)
        except GDictError as error:
            error.path = (*keys.split_path(key), *error.path)
            raise

    def __delitem__(self, key: Any) -> None:
        raise GDictTypeError(f"The structure of shared memory is fixed, got del of {key!r}.")

    def update(self, other: Any) -> None:
        """Copy the values of `other`, whose paths must exist, into the arrays."""
        for path, leaf in tree.iterate_leaves(tree.own(other)):
            self[tuple(map(str, path))] = leaf


def _create(
    description: manifest.Node, found: list[np.ndarray]
) -> tuple[mmap.mmap, _Segment, list[np.ndarray]]:
    if not hasattr(os, "memfd_create"):
        raise GDictRuntimeError("Shared memory needs Linux; use open_hdf5 elsewhere.")
    kinds = [(np.lib.format.dtype_to_descr(array.dtype), array.shape) for array in found]
    header = json.dumps({"tree": _without_scalars(description), "arrays": kinds}).encode()
    start = _TOKEN_BYTES + 8 + len(header)
    offsets, size = _offsets(start, [array.nbytes for array in found])
    descriptor = os.memfd_create("gdict", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, size)
    memory = mmap.mmap(descriptor, size)
    token = os.urandom(_TOKEN_BYTES)
    memory[:start] = token + len(header).to_bytes(8, "little") + header
    views = [
        np.ndarray(array.shape, array.dtype, memory, offset)
        for array, offset in zip(found, offsets, strict=True)
    ]
    return memory, _Segment(SharedHandle(os.getpid(), descriptor, token)), views


def _read(memory: mmap.mmap) -> Any:
    start = _TOKEN_BYTES + 8
    stop = start + int.from_bytes(memory[_TOKEN_BYTES:start], "little")
    header = json.loads(memory[start:stop])
    shapes = [(np.lib.format.descr_to_dtype(d), tuple(shape)) for d, shape in header["arrays"]]
    sizes = [dtype.itemsize * int(np.prod(shape)) for dtype, shape in shapes]
    views = [
        np.ndarray(shape, dtype, memory, offset)
        for (dtype, shape), offset in zip(shapes, _offsets(stop, sizes)[0], strict=True)
    ]
    return manifest.decode(header["tree"], views)


def _offsets(start: int, sizes: list[int]) -> tuple[list[int], int]:
    """Return where each array starts, and the size of all."""
    offsets = []
    for size in sizes:
        start = -(-start // ALIGNMENT) * ALIGNMENT
        offsets.append(start)
        start += size
    return offsets, start + ALIGNMENT  # arrays of no bytes also start within the memory


def _without_scalars(node: manifest.Node) -> manifest.Node:
    """Return the description with NumPy scalars as arrays without axes, which can be shared."""
    if "array" in node:
        return {**node, "scalar": False}
    if "value" in node:
        return node
    return {kind: [[k, _without_scalars(c)] for k, c in items] for kind, items in node.items()}
