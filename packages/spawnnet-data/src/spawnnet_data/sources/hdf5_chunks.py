"""Compressed chunks of an HDF5 array that would become far more than their values need."""

from __future__ import annotations

from itertools import product

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


def check_chunks(dataset: h5py.Dataset, steps: NDArray[np.int64]) -> None:
    """Check the chunks of an array that some of its time steps are in.

    Raises:
        ValueError: If HDF5 would unpack one to far more than the array declares.
    """
    if not (found := compressors(dataset)):
        return
    ((position, codec),) = found.items()  # of several no array is read
    values = int(np.prod(dataset.chunks, dtype=object)) * dataset.dtype.itemsize
    length, *sizes = dataset.chunks
    numbers = np.unique(steps // length).tolist()
    others = [range(0, n, size) for n, size in zip(dataset.shape[1:], sizes, strict=True)]
    for place in product((number * length for number in numbers), *others):
        info = dataset.id.get_chunk_info_by_coord(place)
        if info.byte_offset is not None and not is_surely_within(codec, info.size, values):
            left_out, packed = dataset.id.read_direct_chunk(place)
            # What does not become shorter is stored as it is.
            if not left_out >> position & 1:
                require_within(codec, packed, values)
