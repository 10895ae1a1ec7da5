"""Compressed chunks of an HDF5 array that would become far more than their values need."""

from __future__ import annotations

from itertools import product

import h5py
import numpy as np
from numpy.typing import NDArray

from spawnnet_data.sources.unpacking import is_surely_within, require_within

# What unpacks a chunk, by the number that HDF5 knows it by.
_COMPRESSORS = {1: "zlib", 307: "bz2", 32001: "blosc", 32004: "lz4 of HDF5", 32015: "zstd"}


def compressors(dataset: h5py.Dataset) -> list[str]:
    """Return what compresses the chunks of an array, of what is known here."""
    properties = dataset.id.get_create_plist()
    codes = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    return [_COMPRESSORS[code] for code in codes if code in _COMPRESSORS]


def check_chunks(dataset: h5py.Dataset, steps: NDArray[np.int64]) -> None:
    """Check the chunks of an array that some of its time steps are in.

    Raises:
        ValueError: If HDF5 would unpack one to far more than the array declares.
    """
    codec = next(iter(compressors(dataset)), None)
    if codec is None or dataset.chunks is None:
        return
    values = int(np.prod(dataset.chunks, dtype=object)) * dataset.dtype.itemsize
    length, *sizes = dataset.chunks
    numbers = np.unique(steps // length).tolist()
    others = [range(0, n, size) for n, size in zip(dataset.shape[1:], sizes, strict=True)]
    for place in product((number * length for number in numbers), *others):
        info = dataset.id.get_chunk_info_by_coord(place)
        if info.byte_offset is not None and not is_surely_within(codec, info.size, values):
            require_within(codec, dataset.id.read_direct_chunk(place)[1], values)
