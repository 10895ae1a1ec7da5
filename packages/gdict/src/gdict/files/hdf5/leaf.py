"""One leaf in an HDF5 file: how it is stored, checked and read."""

import json
import math
import pickle
import zlib
from pathlib import Path
from typing import Any, final

import numpy as np

from gdict.aliases import Array, FilePath, Leaf
from gdict.aliases import Path as TreePath
from gdict.arrays.backend import in_memory, is_array
from gdict.arrays.conversion import to_numpy
from gdict.errors import GDictFileError, GDictTypeError
from gdict.files.budget import Budget, check_stored
from gdict.files.expansion import check_expansion, is_surely_fine
from gdict.files.hdf5.heap import check_heaps
from gdict.files.hdf5.notes import errors_at, mark, mark_of, write_attribute
from gdict.trees.manifest import JsonLeaf

CHECKSUM = "crc32"
"""Attribute with the CRC-32 of an array's bytes, checked when the whole leaf is loaded."""

DEFLATE = 1
"""Number of the filter that HDF5 compresses by, which others call gzip."""

CHUNK_BYTES = 64 * 1024
"""Aim for the size of one compressed chunk of whole rows: the most that is read in vain."""


def write_leaf(
    group: Any, name: str, leaf: Leaf, *, compression: Any, chunks: int | None, original: bool
) -> None:
    """Store one leaf as a dataset: arrays as they are, other leaves as JSON, never as pickles.

    Args:
        group: The h5py group to write to.
        name: Name of the dataset.
        leaf: An array, a string, a Python number, or None.
        compression: What h5py takes, such as `gzip`, `lzf` or a gzip level.
        chunks: Rows per chunk; None chooses.
        original: Whether strings and numbers are stored for the original gdict, without JSON and
            notes.

    Raises:
        GDictTypeError: If the leaf has a type that HDF5 and JSON cannot store.
    """
    if original and not is_array(leaf):
        if not isinstance(leaf, str | int | float):
            raise GDictTypeError(f"The original's layout cannot store {leaf!r} without a pickle.")
        group.create_dataset(name, data=leaf)
        return
    array, note = _storable(leaf)
    options = _chunking(array, compression, chunks)
    if options:
        dataset = group.create_dataset(name, data=array, track_times=False, **options).id
    else:
        dataset = _write_contiguous(group.id, name, np.asarray(array, order="C"))
    if not original:
        mark(dataset, note)
        write_attribute(dataset, CHECKSUM, np.array(_checksum(array), np.uint32))


def _write_contiguous(group: Any, name: str, array: np.ndarray) -> Any:
    """Create a dataset without chunks by h5py's low level, which takes half of the time."""
    from h5py import h5d, h5s, h5t

    space = h5s.create_simple(array.shape) if array.ndim else h5s.create(h5s.SCALAR)
    dataset = h5d.create(group, name.encode(), h5t.py_create(array.dtype, logical=True), space)
    dataset.write(h5s.ALL, h5s.ALL, array)
    return dataset


def _storable(leaf: Leaf) -> tuple[np.ndarray, dict[str, Any]]:
    """Return an array that HDF5 can store, and the note with which to restore the leaf."""
    if not is_array(leaf):
        if not isinstance(leaf, JsonLeaf):
            raise GDictTypeError(
                f"A leaf of type {type(leaf).__name__} cannot be stored; use an array, a string, "
                "a number, a boolean or None."
            )
        return np.array(json.dumps(leaf).encode()), {"json": True}
    array = np.asarray(to_numpy(in_memory(leaf)))
    note: dict[str, Any] = {"scalar": True} if isinstance(leaf, np.generic) else {}
    if array.dtype.kind == "U":
        return _encoded(array), {**note, "dtype": array.dtype.str}
    if array.dtype.kind in "mM":
        return array.view(np.int64), {**note, "dtype": array.dtype.str}
    if array.dtype.hasobject:
        raise GDictTypeError("An array of Python objects cannot be stored; convert it first.")
    return array, note


def _encoded(text: np.ndarray) -> np.ndarray:
    encoded = np.strings.encode(text, "utf-8")
    return encoded if encoded.dtype.itemsize else encoded.astype("S1")


def _chunking(array: np.ndarray, compression: Any, chunks: int | None) -> dict[str, Any]:
    if array.ndim == 0 or array.size == 0 or (compression is None and chunks is None):
        return {}
    row_bytes = max(1, array.nbytes // len(array))
    rows = chunks if chunks is not None else CHUNK_BYTES // row_bytes
    rows = min(max(1, rows), len(array))
    shuffle = compression is not None and array.dtype.itemsize > 1
    shape = (rows, *array.shape[1:])
    return {"chunks": shape, "compression": compression, "shuffle": shuffle}


def _checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


@final
class LeafReader:
    """Reads the leaves of one file, and bounds the memory that they may claim together.

    Args:
        path: The file.
        allow_pickle: Whether pickles are unpickled.
    """

    def __init__(self, path: FilePath, allow_pickle: bool) -> None:
        self.allow_pickle = allow_pickle
        self.budget = Budget(Path(path).stat().st_size)

    def read(self, path: TreePath, dataset: Array) -> Leaf:
        """Return the leaf that a dataset stores.

        Raises:
            GDictFileError: If it is damaged, lies elsewhere, or is a pickle that is not allowed.
        """
        with errors_at(path):
            _check_stored_here(dataset)
            self.budget.take(math.prod(dataset.shape) * dataset.dtype.itemsize)
            _check_stored(dataset)
            return _read(dataset, self.allow_pickle)

    def leave(self, path: TreePath, dataset: Array) -> Leaf:
        """Return the dataset itself if it is a plain array, else the leaf that it stores.

        Raises:
            GDictFileError: As `read`.
        """
        with errors_at(path):
            _check_stored_here(dataset)
            if dataset.shape and dataset.dtype.kind in "biufcSV" and not mark_of(dataset):
                return dataset
        return self.read(path, dataset)


def _check_stored_here(dataset: Array) -> None:
    if dataset.external or dataset.is_virtual:
        raise GDictFileError("The data lies in other files, which are not read.")
    if dataset.shape is None:
        raise GDictFileError("The dataset has no value.")


def _check_stored(dataset: Array) -> None:
    """Raise where compressed chunks are longer than what they are to become."""
    if dataset.chunks and dataset.shape:
        sizes = zip(dataset.shape, dataset.chunks, strict=True)
        values = math.prod(-(-size // chunk) * chunk for size, chunk in sizes)
        check_stored(values * dataset.dtype.itemsize, dataset.id.get_storage_size())
        _check_deflated(dataset, math.prod(dataset.chunks) * dataset.dtype.itemsize)


def _check_deflated(dataset: Array, values: int) -> None:
    """Raise where a chunk that is due to have so many bytes becomes far more."""
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    if DEFLATE not in filters:
        return
    if filters.count(DEFLATE) > 1:
        raise GDictFileError("It is compressed twice, which is not read.")
    chunks: list[Any] = []
    dataset.id.chunk_iter(chunks.append)
    for chunk in chunks:
        if is_surely_fine("zlib", chunk.size, values):
            continue
        left_out, packed = dataset.id.read_direct_chunk(chunk.chunk_offset)
        if not left_out >> filters.index(DEFLATE) & 1:
            check_expansion("zlib", packed, values)


def _read(dataset: Array, allow_pickle: bool) -> Leaf:
    note = mark_of(dataset)
    dtype = dataset.dtype
    if dtype.kind == "V" and dtype.names is None and dataset.shape == ():
        return _read_pickle(dataset, allow_pickle)
    if dtype.kind == "O":
        return _read_text(dataset)
    array = dataset[...]
    if dtype.kind == "S":  # drop h5py's note of the encoding, which npz files cannot hold
        array = array.view(dtype.str)
    expected = dataset.attrs.get(CHECKSUM)
    if expected is not None and _checksum(array) != expected:
        raise GDictFileError("The data is damaged: its checksum is another one.")
    return _restored(array, note, has_checksum=expected is not None)


def _restored(array: np.ndarray, note: dict[str, Any], has_checksum: bool) -> Leaf:
    if note.get("json"):
        value = json.loads(array.item())
        if not isinstance(value, JsonLeaf):
            raise GDictFileError(f"The JSON is no leaf but a {type(value).__name__}.")
        return value
    if "dtype" in note:
        dtype = np.dtype(note["dtype"])
        is_text = dtype.kind == "U"
        array = np.strings.decode(array, "utf-8").astype(dtype) if is_text else array.view(dtype)
    elif array.dtype.kind == "S" and array.ndim == 0 and not has_checksum:
        return array.item().decode()
    is_scalar = note.get("scalar") or (array.ndim == 0 and not has_checksum)
    return array[()] if is_scalar else array


def _read_text(dataset: Array) -> Leaf:
    """Return text of variable length, which other tools and the original's layout store."""
    import h5py

    if h5py.check_string_dtype(dataset.dtype) is None:
        raise GDictFileError("References and arrays of varying length are not read.")
    check_heaps(dataset.file.filename)
    text = dataset.asstr()[...]
    return str(text) if text.ndim == 0 else text.astype("U")


def _read_pickle(dataset: Array, allow_pickle: bool) -> Leaf:
    if not allow_pickle:
        raise GDictFileError(
            "This leaf is a pickle, which can run code when it is read; pass allow_pickle=True "
            "if you trust the origin of the file."
        )
    return pickle.loads(dataset[()].tobytes())  # noqa: S301 - the caller asked for it
