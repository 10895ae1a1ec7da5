"""Files of a data set: regular ones inside it, and nothing else."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_LFS_POINTER = b"version https://git-lfs"
HOW_TO_FOLLOW = "copy it into the data set, or set `follow_links` (--follow-links) if you trust it"
# Compression makes real data a hundred times smaller; deflate cannot exceed 1032.
MOST_COMPRESSED = 1100
_ALWAYS_FINE = 64 * 2**20
# Noise becomes longer when it is compressed, and a few headers lie beside it.
_MOST_STORED = 2
_ALWAYS_STORED = 2**18


@dataclass(frozen=True)
class DataFolder:
    """What a data set may read from.

    Attributes:
        root: The file or directory that the user named.
        follow_links: Whether files elsewhere may be read, as links, indices and HDF5 files that
            point there ask for.
    """

    root: Path
    follow_links: bool = False

    def tree_problem(self, directory: Path) -> str | None:
        """Return why a directory with all that is in it is not read, or None."""
        if self.follow_links:
            return None
        if not directory.resolve().is_relative_to(self.root.resolve()):
            return f"lies outside of the data set, in {directory.resolve()}; {HOW_TO_FOLLOW}."
        for entry in _entries(directory):
            if not entry.is_file(follow_symlinks=False):
                message = self.problem(Path(entry.path))
                if message:
                    return f"{entry.name} {message}"
        return None

    def problem(self, file: Path) -> str | None:
        """Return why a file is not read, or None: missing, outside, a device, a pointer."""
        if not os.path.lexists(file):
            return "the file is missing."
        resolved = file.resolve()
        if not self.follow_links and not resolved.is_relative_to(self.root.resolve()):
            return f"lies outside of the data set, in {resolved}; {HOW_TO_FOLLOW}."
        if not resolved.is_file():
            return "is no regular file, or a link that leads nowhere."
        with resolved.open("rb") as opened:
            if opened.read(len(_LFS_POINTER)) == _LFS_POINTER:
                return "is a pointer of Git LFS, download what it stands for: git lfs pull."
        return None


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    """Yield everything below a directory that is no directory itself; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))
            else:
                yield entry


def stored_bytes(path: Path) -> int:
    """Return the size of a file, or of everything below a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _entries(path))


def size_problem(declared: int, stored: int) -> str | None:
    """Return why an array is too large for what its file holds, before memory is taken for it.

    Args:
        declared: Bytes of the values that the file promises.
        stored: Bytes that the file keeps for them.
    """
    if declared <= max(_ALWAYS_FINE, stored * MOST_COMPRESSED):
        return None
    return f"declares {declared:,} bytes of values, but the file holds {stored:,} bytes of them."


def excess_problem(values: int, stored: int) -> str | None:
    """Return why there are more bytes than values need, or None.

    A decoder would unpack them to thousands of times their size before anybody sees that they are
    too many.

    Args:
        values: Bytes of the values, in whole chunks.
        stored: Bytes that the file keeps for them.
    """
    if stored <= _MOST_STORED * values + _ALWAYS_STORED:
        return None
    return f"keeps {stored:,} bytes for {values:,} bytes of values, so it is damaged or a trap."


def whole_chunks(shape: Sequence[int], chunks: Sequence[int]) -> int:
    """Return the number of values of an array, counting all of the chunks at its edges."""
    return math.prod(-(-size // chunk) * chunk for size, chunk in zip(shape, chunks, strict=True))
