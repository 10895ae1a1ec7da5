"""Zip archives of arrays, read straight into the memory of each array.

`numpy.load` parses every header as Python code and reads through the buffers of `zipfile`, which
takes longer than the reading itself. Lengths and checksums are verified here all the same.

References:
    ZIP File Format Specification 6.3.10, section 4.3.7, "Local file header".
    NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
"""

import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from gdict.aliases import FilePath
from gdict.errors import GDictFileError

_SUFFIX = ".npy"
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 1
_PLAIN_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|][biufc][0-9]+)', 'fortran_order': False, "
    rb"'shape': \(([0-9, ]*)\), \} *\n",
    re.DOTALL,
)
_LONGEST_PLAIN_HEADER = 256
"""Bytes in which to look for a header; NumPy reads arrays with longer or other ones."""


def write_arrays(path: Path, entries: Iterable[tuple[str, np.ndarray]], *, compress: bool) -> None:
    """Write a new npz file of named arrays."""
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, array in entries:
            with archive.open(name + _SUFFIX, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def read_arrays(path: FilePath) -> dict[str, np.ndarray]:
    """Return the arrays of an npz file by their names.

    Raises:
        GDictFileError: If an entry is damaged, no array, or holds pickles; the text names it.
        zipfile.BadZipFile: If the archive is damaged as a whole.
    """
    found = {}
    with Path(path).open("rb") as file, zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            try:
                array = _read_stored(file, entry)
                found[entry.filename.removesuffix(_SUFFIX)] = (
                    _read_any(archive, entry) if array is None else array
                )
            except Exception as error:
                raise GDictFileError(f"The entry {entry.filename!r}: {error}") from error
    return found


def _read_any(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """Read one array as NumPy does."""
    with archive.open(entry) as member:
        array: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
        while member.read(2**20):  # to the end, where zipfile checks the checksum
            pass
    return array


def _read_stored(file: IO[bytes], entry: zipfile.ZipInfo) -> np.ndarray | None:
    """Read one array that is neither compressed nor unusual; None if it is."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
        return None
    file.seek(entry.header_offset)
    local = file.read(_LOCAL_HEADER_BYTES)
    if len(local) < _LOCAL_HEADER_BYTES or not local.startswith(b"PK\x03\x04"):
        return None
    name_and_extra = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER_BYTES + name_and_extra
    file.seek(start)
    match = _PLAIN_HEADER.match(file.read(min(_LONGEST_PLAIN_HEADER, entry.file_size)))
    if match is None:
        return None
    shape = tuple(int(size) for size in match[2].split(b",") if size.strip())
    return _filled(file, entry, start, match[0], np.dtype(match[1].decode()), shape)


def _filled(
    file: IO[bytes],
    entry: zipfile.ZipInfo,
    start: int,
    header: bytes,
    dtype: np.dtype,
    shape: tuple[int, ...],
) -> np.ndarray | None:
    """Return the array behind `header`, or None where its length is another one."""
    count = 1
    for size in shape:
        count *= size
    if len(header) + count * dtype.itemsize != entry.file_size:
        return None
    array = np.empty(shape, dtype)
    data = array.reshape(-1).view(np.uint8).data
    file.seek(start + len(header))
    if file.readinto(data) != len(data):  # type: ignore[attr-defined]
        raise GDictFileError("The file ends within it.")
    if zlib.crc32(data, zlib.crc32(header)) != entry.CRC:
        raise GDictFileError("Its checksum is another one.")
    return array
