"""Demonstrations in HDF5 files of trajectories, as the original release and others write them.

Below a directory every `*.h5` and `*.hdf5` is read. A file holds groups such as `traj_0` with
`obs/{rgb,depth,state}` and `actions`, names plain or typed (`dict_str_traj_0/dict_str_obs/...`), or
is one trajectory itself. `rgb` may be `(T, V, 3, H, W)` and `depth` `(T, V, 1, H, W)`. ManiSkill,
Minari and ALOHA write the same layout with other names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import h5py

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.hdf5 import Hdf5Source
from spawnnet_data.sources.hdf5_files import FileContents, open_files
from spawnnet_data.sources.hdf5_tree import Tree
from spawnnet_data.sources.source import Episode, natural_key
from spawnnet_data.sources.stored_key import StoredKey, plain_name, stored_keys

_LEADING_KEYS = ("actions", "action")
# Writers that the names in a trajectory tell.
_WRITERS: Mapping[str, set[str]] = {
    "ALOHA HDF5": {"action", "observations"},
    "Minari HDF5": {"actions", "observations", "rewards", "terminations"},
    "ManiSkill HDF5": {"actions", "obs", "terminated", "truncated"},
}


def open_original(
    path: Path, *, trajectories: Literal["all", "first"] = "all", follow_links: bool = False
) -> Hdf5Source:
    """Open a file, or every file below a directory in natural order.

    Args:
        path: A file or a directory.
        trajectories: Read every trajectory of a file or, as the original does, only the first.
        follow_links: Whether files outside the data set may be read.

    Raises:
        DataError: If there is no HDF5 file.
    """
    contents_of = partial(_contents_of, is_first_only=trajectories == "first")
    return open_files(path, contents_of, follow_links=follow_links)


def _contents_of(
    handle: h5py.File, tree: Tree, relative: str, *, is_first_only: bool
) -> FileContents:
    groups = _trajectories(handle)
    found = FileContents("original HDF5", rate=_rate(handle))
    for name in groups[:1] if is_first_only else groups:
        plain = plain_name(name.strip("/"))
        label = f"{relative}:{plain}" if plain else relative
        try:
            group = tree.child(handle, name)
            found.episodes.append((_episode(tree, group, label), name))
            found.format = _writer(group)
        except DataError as error:
            problem = Problem(handle.filename, error.problem.message, label)
            found.problems.append(problem)
    if not groups:
        found.problems.append(Problem(handle.filename, "holds no trajectory."))
    return found


def _trajectories(handle: h5py.File) -> list[str]:
    """Return the groups that are trajectories; the whole file where it holds just one."""
    names = {plain_name(name) for name in handle}
    if names & {"obs", *_LEADING_KEYS}:
        return ["/"]
    groups = [name for name in handle if not _is_array(handle, name)]
    return sorted(groups, key=lambda name: natural_key(plain_name(name)))


def _is_array(handle: h5py.File, name: str) -> bool:
    # Asking a link to another file would open it.
    is_here = handle.get(name, getlink=True, getclass=True) is h5py.HardLink
    return is_here and handle.get(name, getclass=True) is h5py.Dataset


def _episode(tree: Tree, group: h5py.Group, label: str) -> Episode:
    """Return the episode in a group.

    Raises:
        DataError: If it holds no array or no time step.
    """
    keys = stored_keys(group, tree)
    readable = [key for key, stored in keys.items() if isinstance(stored, StoredKey)]
    leading = next((key for key in _LEADING_KEYS if key in keys), next(iter(readable), ""))
    stored = keys.get(leading)
    file = group.file.filename
    if isinstance(stored, Problem):
        raise DataError(stored)
    if stored is None or not stored.spec.length:
        raise DataError(Problem(file, "holds no trajectory, or one without any time step."))
    return Episode(label, stored.spec.length, Path(file), _task(group))


def _task(group: h5py.Group) -> str:
    task = group.attrs.get("task", "")
    return task.decode("utf-8", "replace") if isinstance(task, bytes) else str(task)


def _rate(handle: h5py.File) -> float | None:
    rate = handle.attrs.get("rate")
    return None if rate is None else float(rate)


def _writer(group: h5py.Group) -> str:
    matches = (writer for writer, signs in _WRITERS.items() if signs.issubset(group))
    return next(matches, "original HDF5")
