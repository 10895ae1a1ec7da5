"""How large a compressed chunk becomes, found out before a decoder takes the memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Any

from gdict.errors import GDictFileError
from gdict.files.budget import ALWAYS_STORED, FREE_BYTES, MAX_COMPRESSION

BLOCK_BYTES = 2**17
"""The most that a block of Zstandard becomes."""


def is_surely_fine(codec: str, packed: int, values: int) -> bool:
    """Return whether so many packed bytes cannot become far too much, as deflate is bounded."""
    return codec in ("gzip", "zlib") and MAX_COMPRESSION * packed <= 2 * values + FREE_BYTES


def check_expansion(codec: str, packed: bytes, values: int) -> None:
    """Look whether a chunk becomes far more than its values.

    Args:
        codec: A member of `COMPRESSORS`.
        packed: The chunk.
        values: Bytes of its values.

    Raises:
        GDictFileError: If it becomes more; what is damaged otherwise is left to its decoder.
    """
    limit = 2 * values + ALWAYS_STORED
    if is_surely_fine(codec, len(packed), values):
        return
    try:
        size = COMPRESSORS[codec](packed, limit + 1)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return
    if size > limit:
        message = f"A chunk of {len(packed)} bytes becomes {size} or more, for {values} of values."
        raise GDictFileError(message)


def _by_reading(open_file: Callable[[IO[bytes]], Any]) -> Callable[[bytes, int], int]:
    def size(packed: bytes, most: int) -> int:
        with open_file(io.BytesIO(packed)) as file:
            return len(file.read(most))

    return size


def _in_zstd(packed: bytes, _: int) -> int:
    """Return the size in the header of a frame, or the most that its blocks become.

    References:
        RFC 8878, 3.1.1.1 and 3.1.1.2.
    """
    flags = packed[4] if len(packed) > 4 else 0
    is_single = flags >> 5 & 1
    width = (is_single, 2, 4, 8)[flags >> 6]
    start = 6 - is_single + (0, 1, 2, 4)[flags & 3]
    declared = int.from_bytes(packed[start : start + width], "little")
    return declared + 256 * (width == 2) if width else _in_blocks(packed, start)


def _in_blocks(packed: bytes, place: int) -> int:
    total = is_last = 0
    while not is_last and place + 3 <= len(packed):
        header = int.from_bytes(packed[place : place + 3], "little")
        is_last, kind, size = header & 1, header >> 1 & 3, header >> 3
        total += BLOCK_BYTES if kind == 2 else size  # compressed; else as it is, or one byte often
        place += 3 + (1 if kind == 1 else size)
    return total


COMPRESSORS: dict[str, Callable[[bytes, int], int]] = {
    "zlib": lambda packed, most: len(zlib.decompressobj().decompress(packed, most)),
    "gzip": _by_reading(gzip.open),
    "bz2": _by_reading(bz2.open),
    "lzma": _by_reading(lzma.open),
    "blosc": lambda packed, _: int.from_bytes(packed[4:8], "little"),
    "lz4": lambda packed, _: int.from_bytes(packed[:4], "little"),
    "zstd": _in_zstd,
}
"""What returns, by the name of a compressor, how many bytes a chunk becomes, or `most` if more."""
