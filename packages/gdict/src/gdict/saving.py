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
            GDictValueError: If `chunks` is not positive, or `compression` or `layout` unknown.
            MissingExtraError: If h5py is not installed.
        """
        from gdict.hdf5 import write_hdf5

        write_hdf5(self._gdict_tree, path, compression=compression, chunks=chunks, layout=layout)

    def save_npz(self, path: FilePath, *, compress: bool = False) -> None:
        """Write an npz file that `numpy.load` reads too, with key paths as names.

        Args:
            path: The file; an interrupted save leaves the old one.
            compress: Whether the arrays are deflated.

        Raises:
            GDictTypeError: If a leaf is neither an array nor a JSON value; the path names it.
        """
        from gdict.formats import write_npz

        write_npz(self._gdict_tree, path, compress)

    def save_json(self, path: FilePath) -> None:
        """Write a JSON file to be read by people and programs: arrays as lists of numbers.

        Data types, tuples and integer keys are not kept; use HDF5 or npz for that.

        Args:
            path: The file; an interrupted save leaves the old one.

        Raises:
            GDictTypeError: If a leaf cannot be written as text; the path names it.
        """
        from gdict.formats import write_json

        write_json(self._gdict_tree, path)

    def save_yaml(self, path: FilePath) -> None:
        """Write a YAML file as `save_json` does.

        Args:
            path: The file; an interrupted save leaves the old one.

        Raises:
            GDictTypeError: If a leaf cannot be written as text; the path names it.
            MissingExtraError: If PyYAML is not installed.
        """
        from gdict.formats import write_yaml

        write_yaml(self._gdict_tree, path)

    def save_csv(self, path: FilePath) -> None:
        """Write a CSV table: one column per leaf, named by its path, one line per row.

        Args:
            path: The file; an interrupted save leaves the old one.

        Raises:
            GDictTypeError: If a leaf is not an array of one axis; the path names it.
            GDictValueError: If the leaves have different lengths.
        """
        from gdict.formats import write_csv

        write_csv(self._gdict_tree, path)
