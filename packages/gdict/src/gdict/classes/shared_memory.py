"""Memory that several processes share: arrays and the description of a tree in one file.

The memory is an anonymous file of Linux (`memfd_create`): it has no name that could be left
behind, and is gone with the last process that uses it, also if that process was killed. No
resource tracker is involved. Readers open it through the writer's entry in `/proc`. Its size is
sealed: a reader of memory that has shrunk would be killed by the system.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import weakref
from dataclasses import dataclass

import numpy as np

from gdict.aliases import Tree
from gdict.errors import GDictRuntimeError, GDictTypeError
from gdict.trees import manifest

ALIGNMENT = 64
"""Arrays start at multiples of a cache line, in bytes."""

_TOKEN_BYTES = 16
if sys.platform == "linux":
    import fcntl

    _SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    _OPEN = os.O_RDONLY | os.O_NONBLOCK  # or opening a pipe would wait for a writer
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
           RecursionError, MemoryError)  # fmt: skip


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


class Segment:
    """Keeps the descriptor open, through which others find the memory, until it is closed."""

    def __init__(self, handle: SharedHandle) -> None:
        self.handle = handle
        self.close = weakref.finalize(self, os.close, handle.descriptor)


def share(tree: Tree) -> tuple[Segment, Tree]:
    """Copy a tree into new memory; return the memory's segment, and the tree that lies in it.

    Raises:
        GDictRuntimeError: If the system is not Linux.
        GDictTypeError: If a leaf is neither an array nor a JSON value; the path names it.
    """
    found: list[np.ndarray] = []
    description = _without_scalars(manifest.encode(tree, found))
    segment, views = _create(description, found)
    for view, array in zip(views, found, strict=True):
        view[...] = array
    return segment, manifest.decode(description, views)


def attach(handle: SharedHandle) -> Tree:
    """Return the tree in the memory of `handle`, read-only.

    Raises:
        GDictTypeError: If it is no handle.
        GDictRuntimeError: If the writer has closed it, or died, or it is no memory of ours.
    """
    _check(handle)
    _require_linux()
    try:
        descriptor = os.open(f"/proc/{handle.pid}/fd/{handle.descriptor}", _OPEN)
        try:
            is_sealed = _is_sealed(descriptor)
            memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) if is_sealed else None
        finally:
            os.close(descriptor)
    except (OSError, ValueError, OverflowError) as error:
        raise GDictRuntimeError(
            f"The memory of process {handle.pid} cannot be opened; it may have ended: {error}."
        ) from error
    if memory is None or memory[:_TOKEN_BYTES] != handle.token:
        raise GDictRuntimeError(f"The memory of process {handle.pid} was replaced by another.")
    try:
        return _read(memory)
    except _DAMAGE as error:
        raise GDictRuntimeError(
            f"The memory of process {handle.pid} does not hold a tree: {error}."
        ) from error


def _require_linux() -> None:
    if sys.platform != "linux":
        raise GDictRuntimeError("Shared memory needs Linux; use open_hdf5 elsewhere.")


def _check(handle: SharedHandle) -> None:
    """Check what a handle is made of; one may come from anywhere."""
    is_handle = isinstance(handle, SharedHandle)
    if not is_handle or [*map(type, vars(handle).values())] != [int, int, bytes]:
        raise GDictTypeError(f"Expected the handle of a SharedGDict, got {handle!r}.")


def _is_sealed(descriptor: int) -> bool:
    """Return whether a file is of memory that cannot shrink: reading what is cut off would kill."""
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    except OSError:  # another kind of file
        return False
    return seals & _SEALS == _SEALS


def _create(
    description: manifest.Node, found: list[np.ndarray]
) -> tuple[Segment, list[np.ndarray]]:
    _require_linux()
    kinds = [(np.lib.format.dtype_to_descr(array.dtype), array.shape) for array in found]
    header = json.dumps({"tree": description, "arrays": kinds}).encode()
    start = _TOKEN_BYTES + 8 + len(header)
    offsets, size = _offsets(start, [array.nbytes for array in found])
    descriptor = os.memfd_create("gdict", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    memory = mmap.mmap(descriptor, size)
    token = os.urandom(_TOKEN_BYTES)
    memory[:start] = token + len(header).to_bytes(8, "little") + header
    views = [
        np.ndarray(array.shape, array.dtype, memory, offset)
        for array, offset in zip(found, offsets, strict=True)
    ]
    return Segment(SharedHandle(os.getpid(), descriptor, token)), views


def _read(memory: mmap.mmap) -> Tree:
    start = _TOKEN_BYTES + 8
    stop = start + int.from_bytes(memory[_TOKEN_BYTES:start], "little")
    header = json.loads(memory[start:stop])
    shapes = [(np.lib.format.descr_to_dtype(d), tuple(shape)) for d, shape in header["arrays"]]
    if any(dtype.hasobject for dtype, _ in shapes):
        raise ValueError("an array of Python objects")
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
