"""MessagePack with NumPy arrays, as openpi-client packs them: no pickles, nothing is executed.

An array is a map of the four keys `__ndarray__`, `data`, `dtype` and `shape`, a number of NumPy one
of `__npgeneric__`, `data` and `dtype`; the keys are bytes.
"""

from __future__ import annotations

import math
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from spawnnet_serve.errors import MessageError

_ARRAY, _NUMBER = b"__ndarray__", b"__npgeneric__"
_KINDS = "biufSU"
"""Of types that travel: numbers and text. Objects are pickles, which run code when they are read;
records and complex numbers openpi-client refuses, too."""


def pack(value: Any) -> bytes:
    """Return a value as a message.

    Args:
        value: None, numbers, text, bytes, arrays, and lists and mappings of such.

    Raises:
        MessageError: If it holds something else.
    """
    try:
        packed: bytes = msgpack.packb(value, default=_packable)
    except MessageError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise MessageError("", f"cannot be packed, {error}.") from error
    return packed


def _packable(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in _KINDS:
            raise MessageError("", f"arrays of {value.dtype} cannot be sent.")
        if isinstance(value, np.ndarray):
            dtype = {b"dtype": value.dtype.str, b"shape": value.shape}
            return {_ARRAY: True, b"data": value.tobytes(), **dtype}
        return {_NUMBER: True, b"data": value.item(), b"dtype": value.dtype.str}
    raise MessageError("", f"{type(value).__name__} cannot be sent.")


def unpack(message: bytes | str) -> Any:
    """Return the value of a message; arrays are copies, which the receiver may write to.

    Raises:
        MessageError: If it is no MessagePack, or holds an array of another kind or size than it
            says.
    """
    if isinstance(message, str):
        raise MessageError("", "expected a binary message, got text.")
    try:
        return msgpack.unpackb(message, object_hook=_unpacked, ext_hook=_refuse)
    except MessageError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        reason = str(error) or type(error).__name__
        raise MessageError("", f"is no MessagePack, {reason}.") from error


def _unpacked(entries: dict[Any, Any]) -> Any:
    if _ARRAY in entries:
        return _array(entries)
    if _NUMBER in entries:
        return _number(entries)
    return entries


def _array(entries: dict[Any, Any]) -> NDArray[Any]:
    dtype, data, shape = _dtype(entries), entries.get(b"data"), entries.get(b"shape")
    if not isinstance(data, bytes):
        raise MessageError("", f"an array has {type(data).__name__} for bytes.")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise MessageError("", f"an array cannot have the shape {str(shape)[:80]}.")
    if dtype.itemsize == 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise MessageError(
            "", f"an array of {dtype} and shape {str(shape)[:80]} cannot have {len(data)} bytes."
        )
    return np.ndarray(shape, dtype, data).copy()


def _number(entries: dict[Any, Any]) -> Any:
    dtype, data = _dtype(entries), entries.get(b"data")
    if not isinstance(data, bool | int | float | str | bytes):
        raise MessageError("", f"a number cannot be {type(data).__name__}.")
    try:
        return dtype.type(data)
    except (ValueError, OverflowError) as error:
        raise MessageError("", f"{data!r} is no {dtype}.") from error


def _dtype(entries: dict[Any, Any]) -> np.dtype[Any]:
    name = entries.get(b"dtype")
    try:
        dtype = np.dtype(name) if isinstance(name, str) else None
    except (TypeError, ValueError):
        dtype = None
    if dtype is None or dtype.kind not in _KINDS:
        raise MessageError("", f"arrays of type {str(name)[:80]!r} are not read.")
    return dtype


def _refuse(code: int, data: bytes) -> Any:
    raise MessageError("", f"MessagePack's extension {code} of {len(data)} bytes is not read.")
