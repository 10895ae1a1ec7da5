"""Demonstrations of robomimic: HDF5 files with `data/demo_*`, and masks that name splits.

Layout: https://robomimic.github.io/docs/datasets/overview.html. Images are `(T, H, W, 3)` uint8.
LIBERO, RoboCasa and Isaac Lab write the same layout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from spawnnet_data.common.errors import DataError, Problem, reason
from spawnnet_data.sources.hdf5 import Hdf5Source
from spawnnet_data.sources.hdf5_chunks import check_chunks
from spawnnet_data.sources.hdf5_files import FileContents, open_files
from spawnnet_data.sources.hdf5_tree import Tree
from spawnnet_data.sources.source import Episode, natural_key


def open_robomimic(path: Path, *, follow_links: bool = False) -> Hdf5Source:
    """Open a file of robomimic, or every file below a directory.

    Args:
        path: A file or a directory.
        follow_links: Whether files outside the data set may be read.
    """

    def contents_of(handle: h5py.File, tree: Tree, relative: str) -> FileContents:
        return _contents_of(handle, tree, "" if path.is_file() else f"{relative}:")

    return open_files(path, contents_of, follow_links=follow_links)


def _contents_of(handle: h5py.File, tree: Tree, prefix: str) -> FileContents:
    found = FileContents("robomimic")
    data = tree.child(handle, "data")
    positions = {}
    for name in sorted(data, key=natural_key):
        try:
            length = _length(tree, data, name)
        except DataError as error:
            found.problems.append(error.problem)
            continue
        positions[name] = len(found.episodes)
        episode = Episode(prefix + name, length, Path(handle.filename))
        found.episodes.append((episode, f"data/{name}"))
    for split, names in _masks(tree, handle, found.problems):
        found.problems += [
            Problem(handle.filename, f"is listed in the mask {split!r} but does not exist.", name)
            for name in names
            if name not in data
        ]
        found.splits[split] = [positions[name] for name in names if name in positions]
    found.rate = _rate(data, found.problems)
    return found


def _length(tree: Tree, data: h5py.Group, name: str) -> int:
    """Return the number of time steps of a demonstration.

    Raises:
        DataError: If it cannot be told, or is not what the file says elsewhere.
    """
    file = data.file.filename
    try:
        group = tree.child(data, name)
        length = int(tree.child(group, "actions").shape[0])
    except DataError as error:
        message = error.problem.message
        raise DataError(Problem(file, f"has no actions: {message}", name, "actions")) from error
    stated = int(group.attrs.get("num_samples", length))
    if stated != length:
        message = f"has {length} steps, but `num_samples` says {stated}."
        raise DataError(Problem(file, message, name, "actions", min(stated, length)))
    if length == 0:
        raise DataError(Problem(file, "has no time steps.", name, "actions"))
    return length


def _masks(
    tree: Tree, handle: h5py.File, problems: list[Problem]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each mask with the names that it lists, and note what cannot be read."""
    if "mask" not in handle:
        return
    for split, names in tree.arrays(tree.child(handle, "mask")):
        if isinstance(names, Problem):
            problems.append(names)
        else:
            check_chunks(names, np.arange(len(names)))
            values = names[:].ravel()
            yield split, [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def _rate(data: h5py.Group, problems: list[Problem]) -> float | None:
    """Return the control frequency in Hz from the arguments of the environment."""
    try:
        arguments = json.loads(data.attrs.get("env_args", "{}"))
        rate = (arguments.get("env_kwargs") or {}).get("control_freq")
        return None if rate is None else float(rate)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        message = f"the attribute `env_args` cannot be read, {reason(error)}."
        problems.append(Problem(data.file.filename, message, key="data"))
        return None
