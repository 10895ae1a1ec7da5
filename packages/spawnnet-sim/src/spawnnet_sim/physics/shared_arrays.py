"""Named arrays in memory that a process shares with those it starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from multiprocessing.context import SpawnContext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNMENT = 64  # bytes


class Field(NamedTuple):
    """Shape and type of one array."""

    shape: tuple[int, ...]
    dtype: DTypeLike


class SharedArrays:
    """Arrays in one anonymous block; pass it to a new process as an argument.

    The block goes when the last process that has it goes: nothing to clean up.

    Args:
        context: Context in which the processes start.
        fields: The arrays by name.
    """

    def __init__(self, context: SpawnContext, fields: Mapping[str, Field]) -> None:
        self._fields = dict(fields)
        size = sum(_padded(field) for field in fields.values())
        self._block = context.RawArray("b", max(size, 1))

    def views(self) -> dict[str, NDArray[Any]]:
        """Return the arrays in this process; writes are seen by all."""
        arrays: dict[str, NDArray[Any]] = {}
        offset = 0
        for name, field in self._fields.items():
            count = math.prod(field.shape)
            flat = np.frombuffer(self._block, field.dtype, count, offset) if count else np.empty(0)
            arrays[name] = flat.astype(field.dtype, copy=False).reshape(field.shape)
            offset += _padded(field)
        return arrays


def _padded(field: Field) -> int:
    size = math.prod(field.shape) * np.dtype(field.dtype).itemsize
    return -(-size // _ALIGNMENT) * _ALIGNMENT
