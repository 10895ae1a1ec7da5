"""Compressed chunks of an HDF5 array that would become far more than their values need."""

from __future__ import annotations

from itertools import product
from typing import final

import h5py
import numpy as np
from numpy.typing import NDArray

from spawnnet_data.sources.unpacking import is_surely_within, require_within

# What unpacks a chunk, by the number that HDF5 knows it by.
_COMPRESSORS = {1: "zlib", 307: "bz2", 32001: "blosc", 32004: "lz4 of HDF5", 32015: "zstd"}


def compressors(dataset: h5py.Dataset) -> dict[int, str]:
    """Return what compresses the chunks of an array, of what is known here, by its place."""
    properties = dataset.id.get_create_plist()
    codes = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    return {i: _COMPRESSORS[code] for i, code in enumerate(codes) if code in _COMPRESSORS}


@final
class ChunkGuard:
    """Checks the compressed chunks of one array before they are unpacked, each once."""

    def __init__(self) -> None:
        self._checked: set[tuple[int, ...]] = set()
        self._is_sound: bool | None = None

    def check(self, dataset: h5py.Dataset, steps: NDArray[np.int64]) -> None:
        """Check the chunks that some time steps of the array are in.

        Raises:
            ValueError: If HDF5 would unpack one to far more than the array declares.
        """
        if self._is_sound is None:
            self._is_sound = _is_surely_sound(dataset)
        if not self._is_sound:
            check_chunks(dataset, steps, self._checked)


def check_chunks(
    dataset: h5py.Dataset,
    steps: NDArray[np.int64],
    checked: set[tuple[int, ...]] | None = None,
) -> None:
    """Check the chunks of an array that some of its time steps are in.

    Args:
        dataset: The array.
        steps: `(n,)` within it.
        checked: Chunks that were found sound before; those found now are added.

    Raises:
        ValueError: If HDF5 would unpack one to far more than the array declares.
    """
    checked = set() if checked is None else checked
    if not (found := compressors(dataset)):
        return
    ((position, codec),) = found.items()  # of several no array is read
    values = _chunk_bytes(dataset)
    length, *sizes = dataset.chunks
    numbers = np.unique(steps // length).tolist()
    others = [range(0, n, size) for n, size in zip(dataset.shape[1:], sizes, strict=True)]
    for place in product((number * length for number in numbers), *others):
        if place in checked:
            continue
        info = dataset.id.get_chunk_info_by_coord(place)
        if info.byte_offset is not None and not is_surely_within(codec, info.size, values):
            left_out, packed = dataset.id.read_direct_chunk(place)
            # What does not become shorter is stored as it is.
            if not left_out >> position & 1:
                require_within(codec, packed, values)
        checked.add(place)


def _is_surely_sound(dataset: h5py.Dataset) -> bool:
    """Return whether the sizes of the chunks alone say that none becomes far too much."""
    codecs = compressors(dataset).values()
    if not codecs:
        return True
    sizes: list[int] = []
    dataset.id.chunk_iter(lambda chunk: sizes.append(chunk.size))
    largest, values = max(sizes, default=0), _chunk_bytes(dataset)
    return all(is_surely_within(codec, largest, values) for codec in codecs)


def _chunk_bytes(dataset: h5py.Dataset) -> int:
    return int(np.prod(dataset.chunks, dtype=object)) * int(dataset.dtype.itemsize)
