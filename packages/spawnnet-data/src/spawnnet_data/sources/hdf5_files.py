"""Data sets that are one HDF5 file or a directory of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.files import DataFolder
from spawnnet_data.sources.guarded import guard
from spawnnet_data.sources.hdf5 import Hdf5Source
from spawnnet_data.sources.hdf5_tree import Tree, unreadable
from spawnnet_data.sources.source import Episode, natural_key

HDF5_SUFFIXES = (".h5", ".hdf5")


@dataclass
class FileContents:
    """What one file holds.

    Attributes:
        format: Name of the layout and of who writes it.
        episodes: Its episodes with the name of each one's group.
        problems: Why others are left out.
        splits: Episodes of each named part, as positions in `episodes`.
        rate: Time steps per second (Hz), or None if it does not tell.
    """

    format: str
    episodes: list[tuple[Episode, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    splits: dict[str, list[int]] = field(default_factory=dict)
    rate: float | None = None


def trajectory_files(path: Path) -> list[Path]:
    """Return the HDF5 files of a data set, in natural order; hidden ones are unfinished."""
    if not path.is_dir():
        return [path]
    found = [
        file
        for file in path.rglob("*")
        if file.suffix in HDF5_SUFFIXES and not file.name.startswith(".")
    ]
    return sorted(found, key=lambda file: natural_key(str(file.relative_to(path))))


def open_files(
    path: Path,
    contents_of: Callable[[h5py.File, Tree, str], FileContents],
    *,
    follow_links: bool,
) -> Hdf5Source:
    """Return the source of every file at a path; what cannot be read is a problem of it.

    Args:
        path: A file or a directory.
        contents_of: Returns what an open file holds, given its path within the data set.
        follow_links: Whether files outside the data set may be read.

    Raises:
        DataError: If there is no HDF5 file.
    """
    files = trajectory_files(path)
    if not files:
        raise DataError(Problem(str(path), f"holds no file {' or '.join(HDF5_SUFFIXES)}."))
    folder, tree = DataFolder(path, follow_links), Tree(follow_links)
    every = FileContents("")
    for file in files:
        try:
            _add(every, _contents(file, folder, tree, contents_of))
        except DataError as error:
            every.problems.append(error.problem)
    return Hdf5Source(
        path,
        every.format or "HDF5",
        every.episodes,
        problems=every.problems,
        splits=every.splits,
        rate=every.rate,
        follow_links=follow_links,
    )


def _contents(
    file: Path,
    folder: DataFolder,
    tree: Tree,
    contents_of: Callable[[h5py.File, Tree, str], FileContents],
) -> FileContents:
    message = folder.problem(file)
    if message:
        raise DataError(Problem(str(file), message))
    relative = file.name if file == folder.root else str(file.relative_to(folder.root))
    with guard(Problem(str(file), "")):
        try:
            handle = h5py.File(file, "r")
        except OSError as error:
            raise DataError(unreadable(file, error)) from error
        with handle:
            return contents_of(handle, tree, relative)


def _add(every: FileContents, found: FileContents) -> None:
    start = len(every.episodes)
    every.format = every.format or found.format
    every.episodes += found.episodes
    every.problems += found.problems
    for split, members in found.splits.items():
        every.splits.setdefault(split, []).extend(start + member for member in members)
    if every.rate is None and found.rate is not None and 0 < found.rate < math.inf:
        every.rate = found.rate
