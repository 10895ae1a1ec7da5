"""Writing a GDict to files; reading is done by the functions `load_*` and `open_hdf5`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdict.atomic import FilePath
from gdict.nested import Nested

if TYPE_CHECKING:
    from gdict.hdf5 import Layout


class Saving(Nested):
    """The part of GDict that writes files. All are replaced only once they are complete."""

    __slots__ = ()

    def save_hdf5(
        self,
        path: FilePath,
        *,
        compression: str | int | None = None,
        chunks: int | None = None,
        layout: Layout = "plain",
    ) -> None:
        """Write an HDF5 file, in a form that other tools read too.

        Tensors and datasets are stored as arrays, strings, numbers and None as JSON. Arrays get
        a checksum, which `load_hdf5` verifies.

        Args:
            path: The file; an interrupted save leaves the old one.
            compression: `gzip`, `lzf`, or a gzip level from 0 to 9; None stores plain arrays,
                which are the fastest to read in slices.
            chunks: Rows (entries of the first axis) per chunk; None chooses chunks of about
                64 KiB if compressed, and none otherwise.
            layout: `plain` names groups and datasets by their keys; `original` writes what the
                original gdict reads.

        Raises:
            GDictTypeError: If a leaf can be stored neither as an array nor as JSON; the path
                names it, and the old file is kept.
            GDictFileError: If a key is `.` or contains a zero byte, or the nesting is too deep.
            MissingExtraError: If h5py is not installed.
        """
        from gdict.hdf5 import write_hdf5

        write_hdf5(self._gdict_tree, path, compression=compression, chunks=chunks, layout=layout)
