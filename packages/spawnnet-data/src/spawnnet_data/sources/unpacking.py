"""How large a compressed chunk becomes, found out before memory is taken for it."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator

from spawnnet_data.sources.files import MOST_COMPRESSED

# More memory than values need, that nobody looks for in deflate.
_ALWAYS_FINE = 128 * 2**20
_PIECE = 2**20
_GZIP = b"\x1f\x8b"


def is_surely_within(codec: str, packed: int, values: int) -> bool:
    """Return whether so many packed bytes cannot become far more than their values need."""
    most = MOST_COMPRESSED * packed
    return codec in ("gzip", "zlib") and most <= 2 * values + _ALWAYS_FINE


def require_within(codec: str, packed: bytes, values: int) -> None:
    """Check that a chunk does not become far more than its values need.

    Some codecs write down what it becomes; of the others it is unpacked piece by piece, without
    keeping any, where it could be too much.

    Args:
        codec: What unpacks it first, by numcodecs' name; others than those known here are passed.
        packed: The chunk.
        values: Bytes of its values.

    Raises:
        ValueError: If it becomes more.
    """
    limit = 2 * values + _PIECE
    if is_surely_within(codec, len(packed), values):
        return
    if codec in _DECLARED:
        size = _DECLARED[codec](packed)
    else:
        size = _counted(_PIECES[codec](packed), limit) if codec in _PIECES else 0
    if size > limit:
        message = f"a chunk of {len(packed):,} bytes becomes {size:,} or more, {values:,} are due"
        raise ValueError(message)


def _counted(pieces: Iterator[int], limit: int) -> int:
    """Return the sum of some sizes, or of the first that exceed a limit."""
    total = 0
    try:
        for size in pieces:
            total += size
            if total > limit:
                break
    except (zlib.error, OSError, EOFError, lzma.LZMAError):
        # Damaged; whoever reads it is told.
        return 0
    return total


def _inflated(packed: bytes) -> Iterator[int]:
    """Yield the sizes of pieces of zlib's or gzip's format, of which gzip has several in a row."""
    while packed:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        while not stream.eof and packed:
            yield len(stream.decompress(packed, _PIECE))
            packed = stream.unconsumed_tail
        packed = stream.unused_data if stream.unused_data.startswith(_GZIP) else b""


def _decompressed(new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> Pieces:
    def pieces(packed: bytes) -> Iterator[int]:
        stream = new()
        yield len(stream.decompress(packed, _PIECE))
        while not stream.eof and not stream.needs_input:
            yield len(stream.decompress(b"", _PIECE))

    return pieces


def _in_zstd(packed: bytes) -> int:
    """Return what the header of a frame of Zstandard says, or the most that its blocks become.

    References:
        RFC 8878, 3.1.1.1 and 3.1.1.2.
    """
    flags = packed[4] if len(packed) > 4 else 0
    is_single = bool(flags & 0x20)
    width = (1 if is_single else 0, 2, 4, 8)[flags >> 6]
    start = 5 + (not is_single) + (0, 1, 2, 4)[flags & 3]
    if width:
        declared = int.from_bytes(packed[start : start + width], "little")
        return declared + (256 if width == 2 else 0)
    return sum(_zstd_blocks(packed, start))


def _zstd_blocks(packed: bytes, place: int) -> Iterator[int]:
    """Yield the most that each block of a frame becomes, from the place of the first on."""
    is_last = False
    while not is_last and place + 3 <= len(packed):
        header = int.from_bytes(packed[place : place + 3], "little")
        is_last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        yield 2**17 if kind == 2 else size
        place += 3 + (1 if kind == 1 else size)


Pieces = Callable[[bytes], Iterator[int]]
_PIECES: dict[str, Pieces] = {
    "zlib": _inflated,
    "gzip": _inflated,
    "bz2": _decompressed(bz2.BZ2Decompressor),
    "lzma": _decompressed(lzma.LZMADecompressor),
}
_DECLARED: dict[str, Callable[[bytes], int]] = {
    "blosc": lambda packed: int.from_bytes(packed[4:8], "little"),
    "lz4": lambda packed: int.from_bytes(packed[:4], "little"),
    "lz4 of HDF5": lambda packed: int.from_bytes(packed[:8], "big"),
    "zstd": _in_zstd,
}
COMPRESSORS = frozenset(_PIECES) | frozenset(_DECLARED)
