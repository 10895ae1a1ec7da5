"""Demonstrations of robomimic: one HDF5 file, `data/demo_*`, with masks that name splits.

Layout: https://robomimic.github.io/docs/datasets/overview.html. Images are `(T, H, W, 3)` uint8.
"""

from __future__ import annotations

import json
from pathlib import Path

import h5py

from spawnnet_train.data.hdf5 import Hdf5Source, unreadable
from spawnnet_train.data.problem import DataError, Problem
from spawnnet_train.data.source import Episode, natural_key


def open_robomimic(path: Path) -> Hdf5Source:
    """Open a file of robomimic.

    Raises:
        DataError: If it cannot be opened.
    """
    problems: list[Problem] = []
    try:
        with h5py.File(path, "r") as handle:
            names = sorted(handle["data"], key=natural_key)
            episodes = []
            for name in names:
                length = _length(handle["data"][name], problems, path)
                if length is not None:
                    episodes.append((Episode(name, length, path), f"data/{name}"))
            positions = {episode.name: i for i, (episode, _) in enumerate(episodes)}
            splits = _splits(handle, positions, problems, path)
            rate = _rate(handle["data"])
    except OSError as error:
        raise DataError(unreadable(path, error)) from error
    return Hdf5Source(path, "robomimic", episodes, problems=problems, splits=splits, rate=rate)


def _length(demo: h5py.Group, problems: list[Problem], path: Path) -> int | None:
    """Return the number of actions, and note where `num_samples` says something else."""
    name = demo.name.rsplit("/", 1)[-1]
    if "actions" not in demo:
        problems.append(Problem(str(path), "has no actions.", name, "actions"))
        return None
    length = int(demo["actions"].shape[0])
    stated = int(demo.attrs.get("num_samples", length))
    if stated != length:
        message = f"has {length} steps, but `num_samples` says {stated}."
        problems.append(Problem(str(path), message, name, "actions", min(stated, length)))
        return None
    return length


def _splits(
    handle: h5py.File, positions: dict[str, int], problems: list[Problem], path: Path
) -> dict[str, tuple[int, ...]]:
    splits = {}
    for split, names in handle.get("mask", {}).items():
        listed = [name.decode() if isinstance(name, bytes) else str(name) for name in names[:]]
        missing = [n for n in listed if n not in positions and n not in handle["data"]]
        problems += [
            Problem(str(path), f"is listed in the mask {split!r} but does not exist.", name)
            for name in missing
        ]
        splits[split] = tuple(positions[name] for name in listed if name in positions)
    return splits


def _rate(data: h5py.Group) -> float | None:
    """Return the control frequency in Hz from the arguments of the environment."""
    arguments = json.loads(data.attrs.get("env_args", "{}"))
    rate = (arguments.get("env_kwargs") or {}).get("control_freq")
    return None if rate is None else float(rate)
