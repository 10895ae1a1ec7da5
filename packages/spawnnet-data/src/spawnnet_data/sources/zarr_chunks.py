"""Rows of zarr arrays: several chunks at once, each decoded once and cut at once.

zarr itself decodes all chunks of a selection before it cuts the first of them. Batches pick a few
rows of each of many chunks, so most of the time went into memory that was new every time.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.extras import require
from spawnnet_data.sources.source import Array
from spawnnet_data.sources.unpacking import COMPRESSORS, require_within

Rows = NDArray[np.int64]
_THREADS = min(4, os.cpu_count() or 1)
# Fewer chunks are decoded in less time than threads take to start.
_WORTH_THREADS = 4
# Larger chunks are not kept.
_KEPT_BYTES = 2**25
# Compressors of version 3 that write what those of version 2 do.
_COMPRESSORS = ("blosc", "gzip", "zstd")
_CHECKSUM = 4  # bytes at the end of the index of a shard


@final
class ChunkedRows:
    """The rows of an array of zarr.

    One chunk stays in memory: the next episode often begins in the one that the last ended in.

    Args:
        array: The open array.
        read_file: Returns the file of a chunk by its key, or None if there is none.
    """

    def __init__(self, array: Any, read_file: Callable[[str], bytes | None]) -> None:
        self._array = array
        self._read_file = read_file
        self._codecs = _codecs(array)
        self._compressors = _compressors(array)
        # Sharded chunks lie together in files, which zarr takes apart.
        self._chunks: tuple[int, ...] = getattr(array, "shards", None) or array.chunks
        self._chunk_bytes = math.prod(array.chunks) * np.dtype(array.dtype).itemsize
        self._kept: tuple[int, Array] = (-1, np.empty(0))
        self._checked: set[int] = set()

    def read(self, rows: Rows) -> Array:
        """Return rows `(n,)`, `(n, ...)`; several chunks at once where there are many.

        Raises:
            OSError: If a chunk cannot be read; or whatever its codec raises.
            ValueError: If a chunk becomes far more than its values need.
        """
        shape = (len(rows), *self._array.shape[1:])
        found: Array = np.empty(shape, np.dtype(self._array.dtype))
        work = list(self._parts(rows, found))
        if len(work) < _WORTH_THREADS:
            for part in work:
                part()
            return found
        with ThreadPoolExecutor(_THREADS) as pool:
            for done in [pool.submit(part) for part in work]:
                done.result()
        return found

    def _parts(self, rows: Rows, out: Array) -> Iterator[Callable[[], None]]:
        """Yield what fills `out` with rows, chunk by chunk; in any order, or at once."""
        if self._codecs is None:
            yield partial(self._fill_by_zarr, rows, out)
            return
        numbers = rows // self._array.chunks[0]
        order = np.argsort(numbers, kind="stable")
        found, firsts = np.unique(numbers[order], return_index=True)
        for number, places in zip(found.tolist(), np.split(order, firsts)[1:], strict=True):
            yield partial(self._fill, rows, places, number, out, is_kept=number == found[-1])

    def _fill_by_zarr(self, rows: Rows, out: Array) -> None:
        if self._compressors:
            unchecked = set((rows // self._chunks[0]).tolist()) - self._checked
            self._check(unchecked)
            self._checked |= unchecked
        out[:] = self._array.oindex[rows] if len(rows) else self._array[:0]

    def _check(self, numbers: Iterable[int]) -> None:
        """Raise where zarr would unpack a chunk, of those numbers along time, to far too much."""
        if len(self._compressors) > 1:
            raise ValueError(f"chunks compressed by {' and '.join(self._compressors)} are not read")
        sizes = zip(self._array.shape[1:], self._chunks[1:], strict=True)
        others = [-(-size // chunk) for size, chunk in sizes]
        for place in ((number, *other) for number in numbers for other in np.ndindex(*others)):
            for packed in self._apart(self._packed(place) or b""):
                require_within(self._compressors[0], packed, self._chunk_bytes)

    def _apart(self, packed: bytes) -> Iterator[bytes]:
        """Yield the chunks of a shard, where the array has shards."""
        if self._chunks == self._array.chunks:
            yield packed
            return
        (shards,) = [codec.to_dict() for codec in self._array.metadata.codecs]
        sizes = zip(self._chunks, self._array.chunks, strict=True)
        number = math.prod(size // chunk for size, chunk in sizes)
        yield from _chunks_of_shard(packed, number, shards["configuration"])

    def _fill(self, rows: Rows, places: Rows, number: int, out: Array, *, is_kept: bool) -> None:
        """Write to `out`, at `places`, the rows that a chunk holds."""
        kept, chunk = self._kept
        if kept != number:
            chunk = self._decoded(number)
        if is_kept and chunk.nbytes <= _KEPT_BYTES:
            self._kept = (number, chunk)
        out[places] = chunk[rows[places] - number * self._array.chunks[0]]

    def _decoded(self, number: int) -> Array:
        """Return a whole chunk; what is missing holds what zarr fills it with."""
        assert self._codecs is not None
        shape, dtype = self._array.chunks, np.dtype(self._array.dtype)
        values: Any = self._packed((number, *(0 for _ in shape[1:])))
        if values is None:
            return np.full(shape, self._array.fill_value or 0, dtype)
        for codec in self._codecs:
            require_within(codec.codec_id, values, self._chunk_bytes)
            values = codec.decode(values)
        # Some codecs return arrays, the others bytes.
        flat = values.reshape(-1) if isinstance(values, np.ndarray) else np.frombuffer(values, "u1")
        chunk: Array = flat.view(dtype).reshape(shape)
        return chunk

    def _packed(self, place: tuple[int, ...]) -> bytes | None:
        """Return a chunk as it is stored, or None if there is none."""
        return self._read_file(self._array.metadata.encode_chunk_key(place))


def _compressors(array: Any) -> list[str]:
    """Return what unpacks a chunk, in order."""
    metadata = array.metadata
    if metadata.zarr_format == 2:
        codecs = [codec for codec in (*(metadata.filters or ()), metadata.compressor) if codec]
        names = [codec.codec_id for codec in codecs]
    else:
        names = [name for codec in metadata.codecs for name in _names(codec.to_dict())]
    plain = [name.removeprefix("numcodecs.") for name in reversed(names)]
    return [name for name in plain if name in COMPRESSORS]


def _names(codec: dict[str, Any]) -> Iterator[str]:
    """Yield the name of a codec, and those of what is within a shard."""
    yield str(codec["name"])
    for inner in codec.get("configuration", {}).get("codecs", ()):
        yield from _names(inner)


def _chunks_of_shard(packed: bytes, number: int, configuration: dict[str, Any]) -> Iterator[bytes]:
    """Yield the chunks of a shard as its index says, see zarr's specification of shards."""
    end = 16 * number
    checksum = _CHECKSUM * any(codec["name"] == "crc32c" for codec in configuration["index_codecs"])
    is_first = configuration["index_location"] == "start"
    index = packed[:end] if is_first else packed[len(packed) - end - checksum :][:end]
    for start, size in np.frombuffer(index, "<u8").reshape(-1, 2).tolist():
        yield packed[start : start + size]  # nothing where there is no chunk


def _codecs(array: Any) -> list[Any] | None:
    """Return what decodes a chunk, in order, or None where that is left to zarr."""
    if array.chunks[1:] != array.shape[1:]:
        return None
    metadata = array.metadata
    if metadata.zarr_format == 2:
        codecs = [metadata.compressor, *reversed(metadata.filters or ())]
        return [codec for codec in codecs if codec is not None] if metadata.order == "C" else None
    serializer, *compressors = [codec.to_dict() for codec in metadata.codecs]
    names = [codec["name"] for codec in compressors]
    if not _is_plain(serializer) or not set(names) <= set(_COMPRESSORS):
        return None
    numcodecs = require("numcodecs", "zarr")
    return [numcodecs.get_codec({"id": name}) for name in reversed(names)]


def _is_plain(serializer: dict[str, Any]) -> bool:
    """Whether values are stored as they are in memory."""
    order = serializer.get("configuration", {}).get("endian", "little")
    return (serializer["name"], order) == ("bytes", "little")
