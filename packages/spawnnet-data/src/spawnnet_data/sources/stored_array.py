"""Arrays of an HDF5 file: where they are, and reading parts of them.

An array that lies in one piece is read with one system call per run of time steps, past the HDF5
library, whose opening and closing of files would cost more than reading a frame.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.hdf5_chunks import ChunkGuard
from spawnnet_data.sources.source import Array, consecutive_runs


@dataclass(frozen=True)
class StoredArray:
    """An array of a file.

    Attributes:
        file: The file.
        name: Full name of the array in it.
        shape: Shape of the whole array, time first.
        dtype: Type of its values.
        offset: Where in the file it lies in one piece, or None if it does not.
        guard: Checks its chunks, where it has some.
    """

    file: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int | None
    guard: ChunkGuard = field(default_factory=ChunkGuard, compare=False)

    @classmethod
    def of(cls, dataset: h5py.Dataset) -> StoredArray:
        """Describe an array of an open file."""
        is_plain = dataset.dtype.kind in "biuf" and dataset.external is None
        offset = dataset.id.get_offset() if is_plain else None
        file = Path(dataset.file.filename)
        return cls(file, dataset.name, dataset.shape, dataset.dtype, offset)

    def read(
        self,
        steps: NDArray[np.int64],
        view: int | None,
        out: Array,
        files: RecentlyUsed[Path, h5py.File],
    ) -> None:
        """Read time steps into `out`.

        Args:
            steps: `(n,)` within the array.
            view: The index along the second axis, or None for all of it.
            out: `(n, *shape[1:])`, or `(n, *shape[2:])` for one view; contiguous, of `dtype`.
            files: Open files, for arrays in several pieces.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If a chunk of it becomes far more than its values need.
        """
        if not out.size:
            # The oldest h5py that works divides by the width of a row.
            return
        if self.offset is None:
            dataset = files.get(self.file)[self.name]
            self.guard.check(dataset, steps)
            for position, start, stop in consecutive_runs(steps):
                chosen: Any = slice(start, stop) if view is None else (slice(start, stop), view)
                dataset.read_direct(out, chosen, slice(position, position + stop - start))
        else:
            self._read_pieces(self._pieces(steps, view), out)

    def _pieces(self, steps: NDArray[np.int64], view: int | None) -> Iterable[tuple[int, int]]:
        """Yield offset and size, in bytes, of what follows each other in the output."""
        assert self.offset is not None
        step_size = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        if view is None:
            for _, start, stop in consecutive_runs(steps):
                yield self.offset + start * step_size, (stop - start) * step_size
        else:
            view_size = step_size // self.shape[1]
            for step in steps.tolist():
                yield self.offset + step * step_size + view * view_size, view_size

    def _read_pieces(self, pieces: Iterable[tuple[int, int]], out: Array) -> None:
        target = out.reshape(-1).view(np.uint8).data
        position = 0
        descriptor = os.open(self.file, os.O_RDONLY)
        try:
            for offset, size in pieces:
                end = position + size
                while position < end:
                    count = os.preadv(descriptor, [target[position:end]], offset)
                    if count == 0:
                        raise OSError("the file is cut short")
                    position, offset = position + count, offset + count
        finally:
            os.close(descriptor)
