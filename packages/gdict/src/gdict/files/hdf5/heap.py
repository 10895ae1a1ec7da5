"""A check that HDF5 leaves out: damaged heaps of variable-length text make it loop for ever.

Such text lies in "global heap collections": a header of 16 bytes (`GCOL`, version, size), then
objects of a header of 16 bytes (index, references, size) and padded data. HDF5 2.0 steps from
object to object without checking that the step is positive.

References:
    HDF5 File Format Specification 3.0, section III.E, "Disk Format: Level 1E - Global Heap".
"""

import mmap
import struct
from pathlib import Path

from gdict.aliases import FilePath
from gdict.errors import GDictFileError

_HEADER = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HH4xQ")
_WRAP = 2**64


def check_heaps(path: FilePath) -> None:
    """Raise if a heap collection of the file would not end.

    Raises:
        GDictFileError: If a collection's objects do not lead to its end.
    """
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        start = data.find(b"GCOL")
        while start >= 0:
            _check_collection(data, start)
            start = data.find(b"GCOL", start + 1)


def _check_collection(data: mmap.mmap, start: int) -> None:
    if start + _HEADER.size > len(data):
        return
    _, version, size = _HEADER.unpack_from(data, start)
    position, end = start + _HEADER.size, min(start + size, len(data))
    while version == 1 and position + _OBJECT.size <= end:
        index, _, length = _OBJECT.unpack_from(data, position)
        step = length if index == 0 else (_OBJECT.size + (length + 7) // 8 * 8) % _WRAP
        if step == 0 or position + step > start + size:
            raise GDictFileError("The file's heap of text is damaged.")
        position += step
