"""Demonstrations in the layout of the original release: one HDF5 file per trajectory.

Below a directory every `*.h5` and `*.hdf5` is read. A file holds groups such as `traj_0` with
`obs/{rgb,depth,state}` and `actions`, names plain or typed (`dict_str_traj_0/dict_str_obs/...`);
`rgb` is `(T, V, 3, H, W)` and `depth` `(T, V, 1, H, W)`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import h5py

from spawnnet_data.sources.hdf5 import Hdf5Source, plain_name, stored_keys, unreadable
from spawnnet_data.sources.problem import DataError, Problem
from spawnnet_data.sources.source import Episode, natural_key

HDF5_SUFFIXES = (".h5", ".hdf5")
_LEADING_KEYS = ("actions", "action")


def open_original(path: Path, *, trajectories: Literal["all", "first"] = "all") -> Hdf5Source:
    """Open a file, or every file below a directory in natural order.

    Args:
        path: A file or a directory.
        trajectories: Read every trajectory of a file or, as the original does, only the first.

    Raises:
        DataError: If there is no HDF5 file.
    """
    files = trajectory_files(path)
    if not files:
        raise DataError(Problem(str(path), "holds no .h5 or .hdf5 file."))
    episodes: list[tuple[Episode, str]] = []
    problems: list[Problem] = []
    rate = None
    for file in files:
        try:
            with h5py.File(file, "r") as handle:
                groups = _trajectories(handle)
                chosen = groups if trajectories == "all" else groups[:1]
                relative = file.name if file == path else str(file.relative_to(path))
                found = [_episode(handle[group], file, relative) for group in chosen]
                rate = rate or _rate(handle)
        except (OSError, RuntimeError) as error:
            problems.append(unreadable(file, error))
            continue
        episodes += [(item, group) for item, group in zip(found, chosen, strict=True) if item]
        if not all(found) or not groups:
            message = "holds no trajectory, or one without any array or time step."
            problems.append(Problem(str(file), message))
    return Hdf5Source(path, "original HDF5", episodes, problems=problems, rate=rate)


def trajectory_files(path: Path) -> list[Path]:
    """Return the HDF5 files of a data set, in natural order; hidden ones are unfinished."""
    if path.is_file():
        return [path]
    found = [
        file
        for file in path.rglob("*")
        if file.suffix in HDF5_SUFFIXES and not file.name.startswith(".")
    ]
    return sorted(found, key=lambda file: natural_key(str(file.relative_to(path))))


def _trajectories(handle: h5py.File) -> list[str]:
    """Return the groups that are trajectories; the whole file where it holds just one."""
    names = {plain_name(name) for name in handle}
    if names & {"obs", *_LEADING_KEYS}:
        return ["/"]
    groups = [name for name in handle if isinstance(handle[name], h5py.Group)]
    return sorted(groups, key=lambda name: natural_key(plain_name(name)))


def _episode(group: h5py.Group, file: Path, relative: str) -> Episode | None:
    keys = stored_keys(group)
    leading = [key for key in _LEADING_KEYS if key in keys] or list(keys)[:1]
    length = keys[leading[0]].array.shape[0] if leading else 0
    if length == 0:
        return None
    name = plain_name(group.name.strip("/"))
    label = f"{relative}:{name}" if name else relative
    return Episode(label, length, file, str(group.attrs.get("task", "")))


def _rate(handle: h5py.File) -> float | None:
    rate = handle.attrs.get("rate")
    return None if rate is None else float(rate)
