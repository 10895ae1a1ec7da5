"""Named arrays in memory that a process shares with those it starts."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from spawnnet_sim.physics.inherited_file import InheritedFile

_ALIGNMENT = 64  # bytes


class Field(NamedTuple):
    """Shape and type of one array."""

    shape: tuple[int, ...]
    dtype: DTypeLike


class SharedArrays:
    """Arrays in one block without a name; pass it to a new process as an argument.

    The block goes when the last process that has it goes: nothing to clean up.

    Args:
        fields: The arrays by name.
    """

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = dict(fields)
        self._file = InheritedFile()
        self._size = max(sum(_padded(field) for field in fields.values()), 1)
        os.ftruncate(self._file.descriptor, self._size)

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the arrays in this process; writes are seen by all."""
        block = mmap.mmap(self._file.descriptor, self._size)
        arrays: dict[str, NDArray[Any]] = {}
        for place in self.layout():
            name, dtype, shape = place["name"], place["dtype"], tuple(place["shape"])
            count = math.prod(shape)
            flat = np.frombuffer(block, dtype, count, place["offset"]) if count else np.empty(0)
            arrays[name] = flat.astype(dtype, copy=False).reshape(shape)
        return arrays

    @property
    def descriptor(self) -> int:
        """Descriptor of the block in this process, for one that is no fork of it."""
        return self._file.descriptor

    @property
    def size(self) -> int:
        """Bytes of the block."""
        return self._size

    def layout(self) -> list[dict[str, Any]]:
        """Return where the arrays lie in the block, as what JSON knows."""
        fields: list[dict[str, Any]] = []
        offset = 0
        for name, field in self._fields.items():
            dtype = np.dtype(field.dtype).str
            fields.append(
                {"name": name, "dtype": dtype, "shape": list(field.shape), "offset": offset}
            )
            offset += _padded(field)
        return fields

    def close(self) -> None:
        """Let no more processes have the block; arrays that were made stay."""
        self._file.close()


def _padded(field: Field) -> int:
    size = math.prod(field.shape) * np.dtype(field.dtype).itemsize
    return -(-size // _ALIGNMENT) * _ALIGNMENT
