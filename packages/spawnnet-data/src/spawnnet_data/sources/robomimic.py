"""Demonstrations of robomimic: HDF5 files with `data/demo_*`, and masks that name splits.

Layout: https://robomimic.github.io/docs/datasets/overview.html. Images are `(T, H, W, 3)` uint8.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py

from spawnnet_data.sources.hdf5 import Hdf5Source, unreadable
from spawnnet_data.sources.original import trajectory_files
from spawnnet_data.sources.problem import Problem, reason
from spawnnet_data.sources.source import Episode, natural_key


def open_robomimic(path: Path) -> Hdf5Source:
    """Open a file of robomimic, or every file below a directory."""
    episodes: list[tuple[Episode, str]] = []
    problems: list[Problem] = []
    splits: dict[str, tuple[int, ...]] = {}
    rate = None
    for file in trajectory_files(path):
        prefix = "" if file == path else f"{file.relative_to(path)}:"
        try:
            with h5py.File(file, "r") as handle:
                found = list(_demonstrations(handle["data"], file, problems))
                positions = {name: len(episodes) + i for i, (name, _) in enumerate(found)}
                for split, members in _splits(handle, positions, file, problems):
                    splits[split] = splits.get(split, ()) + members
                rate = rate or _rate(handle["data"], file, problems)
        except (OSError, KeyError) as error:
            problems.append(unreadable(file, error))
            continue
        episodes += [(Episode(prefix + name, n, file), f"data/{name}") for name, n in found]
    return Hdf5Source(path, "robomimic", episodes, problems=problems, splits=splits, rate=rate)


def _demonstrations(
    data: h5py.Group, file: Path, problems: list[Problem]
) -> Iterator[tuple[str, int]]:
    """Yield name and length of what can be read, and note what cannot."""
    for name in sorted(data, key=natural_key):
        if "actions" not in data[name]:
            problems.append(Problem(str(file), "has no actions.", name, "actions"))
            continue
        length = int(data[name]["actions"].shape[0])
        stated = int(data[name].attrs.get("num_samples", length))
        if stated != length:
            message = f"has {length} steps, but `num_samples` says {stated}."
            problems.append(Problem(str(file), message, name, "actions", min(stated, length)))
        elif length == 0:
            problems.append(Problem(str(file), "has no time steps.", name, "actions"))
        else:
            yield name, length


def _splits(
    handle: h5py.File, positions: Mapping[str, int], file: Path, problems: list[Problem]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each mask with the positions of its episodes."""
    for split, names in handle.get("mask", {}).items():
        listed = [name.decode() if isinstance(name, bytes) else str(name) for name in names[:]]
        problems += [
            Problem(str(file), f"is listed in the mask {split!r} but does not exist.", name)
            for name in listed
            if name not in handle["data"]
        ]
        yield split, tuple(positions[name] for name in listed if name in positions)


def _rate(data: h5py.Group, file: Path, problems: list[Problem]) -> float | None:
    """Return the control frequency in Hz from the arguments of the environment."""
    try:
        arguments = json.loads(data.attrs.get("env_args", "{}"))
        rate = (arguments.get("env_kwargs") or {}).get("control_freq")
        return None if rate is None else float(rate)
    except (ValueError, TypeError, AttributeError) as error:
        message = f"the attribute `env_args` cannot be read, {reason(error)}."
        problems.append(Problem(str(file), message, key="data"))
        return None
