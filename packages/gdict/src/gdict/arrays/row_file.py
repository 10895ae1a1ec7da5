"""RowFile: an array in a `.npy` file that is written and read by rows; memory holds none of it."""

from __future__ import annotations

import os
import sys
import weakref
from typing import final

import numpy as np

from gdict.aliases import Array, FilePath
from gdict.arrays.backend import is_tensor
from gdict.arrays.conversion import dtype_name
from gdict.errors import GDictFileError


@final
class RowFile:
    """Rows in a file that `numpy.load(path, mmap_mode="r")` maps, too.

    Rows pass through system calls rather than a memory map: so a full disk is an error and no
    signal, and what was read does not count as memory of the process. A copy, a pickled one too,
    opens the file anew: it is the same file.

    Args:
        path: A file that `create` made.
        template: `(0, *shape)`: what a row is, and of which library. The numbers of a bfloat16
            tensor are kept as uint16.

    Raises:
        GDictFileError: If the file holds something else.
    """

    def __init__(self, path: FilePath, template: Array) -> None:
        kept = np.load(path, mmap_mode="r", allow_pickle=False)
        expected = (_stored_type(template), tuple(template.shape[1:]))
        if (kept.dtype, kept.shape[1:]) != expected:
            raise GDictFileError(f"{path}: expected rows of {expected}, got {kept[:0]!r}.")
        self.template = template
        self.num_rows = len(kept)
        self.nbytes = kept.nbytes
        self._path, self._offset = path, kept.offset
        self._row_bytes = kept.nbytes // max(1, len(kept))
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def __reduce__(self) -> tuple[object, ...]:
        # A copied number of a descriptor would mean another file once this one is closed.
        return RowFile, (self._path, self.template)

    @classmethod
    def create(cls, path: FilePath, template: Array, num_rows: int) -> RowFile:
        """Make a file for rows like those of `template`; disk space is taken as they are written.

        Raises:
            OSError: If it cannot be made.
        """
        shape = (num_rows, *template.shape[1:])
        np.lib.format.open_memmap(path, "w+", _stored_type(template), shape)
        return cls(path, template)

    def write(self, first: int, rows: Array) -> None:
        """Write rows `(n, *shape)`, the first of them as number `first`.

        Raises:
            OSError: If the disk is full.
        """
        # Beyond 2 GiB a single call writes a part.
        view = memoryview(_as_bytes(_contiguous(rows))).cast("B")
        position = self._offset + first * self._row_bytes
        try:
            while view:
                written = os.pwrite(self._descriptor, view, position)
                view, position = view[written:], position + written
        except OSError as error:  # which does not know the file
            raise OSError(error.errno, error.strerror, str(self._path)) from None

    def read(self, rows: np.ndarray) -> Array:
        """Return copies of the rows with the numbers `(n,)`, `(n, *shape)`.

        Raises:
            GDictFileError: If the file has become shorter.
        """
        shape = (len(rows), *self.template.shape[1:])
        is_array = isinstance(self.template, np.ndarray)
        out = np.empty(shape, self.template.dtype) if is_array else self.template.new_empty(shape)
        places = (self._offset + rows.astype(np.int64) * self._row_bytes).tolist()
        for place in places if hasattr(os, "posix_fadvise") else ():
            # So that the disk fetches all of them at once.
            os.posix_fadvise(self._descriptor, place, self._row_bytes, os.POSIX_FADV_WILLNEED)
        buffers = _as_bytes(out).reshape(len(rows), self._row_bytes)
        for place, buffer in zip(places, buffers, strict=True):
            if os.preadv(self._descriptor, [buffer], place) != self._row_bytes:
                raise GDictFileError(f"{self._path}: ends before its last row.")
        return out


def _stored_type(template: Array) -> np.dtype:
    name = dtype_name(template)
    return np.dtype(np.uint16 if name == "bfloat16" else name)


def _contiguous(rows: Array) -> Array:
    if not is_tensor(rows):
        return np.ascontiguousarray(rows)
    return rows.detach().cpu().resolve_conj().resolve_neg().contiguous()


def _as_bytes(rows: Array) -> Array:
    """Return the memory of contiguous rows, as a NumPy array with one axis."""
    if is_tensor(rows):
        rows = rows.reshape(-1).view(sys.modules["torch"].uint8).numpy()
    return rows.reshape(-1).view(np.uint8)
