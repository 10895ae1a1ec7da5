"""Memory that several processes share: arrays and the description of a tree in one file.

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

import numpy as np

from gdict.aliases import Tree
from gdict.errors import GDictRuntimeError
from gdict.trees import manifest

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
    return _read(memory)


def _create(
    description: manifest.Node, found: list[np.ndarray]
) -> tuple[Segment, list[np.ndarray]]:
    if not hasattr(os, "memfd_create"):
        raise GDictRuntimeError("Shared memory needs Linux; use open_hdf5 elsewhere.")
    kinds = [(np.lib.format.dtype_to_descr(array.dtype), array.shape) for array in found]
    header = json.dumps({"tree": description, "arrays": kinds}).encode()
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
    return Segment(SharedHandle(os.getpid(), descriptor, token)), views


def _read(memory: mmap.mmap) -> Tree:
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
