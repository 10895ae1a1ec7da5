"""Which format a data set is in, and the source that reads it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import h5py

from spawnnet_data.sources.hdf5 import unreadable
from spawnnet_data.sources.lerobot import LeRobotSource
from spawnnet_data.sources.original import open_original, trajectory_files
from spawnnet_data.sources.problem import DataError, Problem
from spawnnet_data.sources.robomimic import open_robomimic
from spawnnet_data.sources.source import DemonstrationSource
from spawnnet_data.sources.zarr_replay import ReplayBufferSource

Format = Literal["original", "robomimic", "lerobot", "zarr"]


def detect_format(path: Path) -> Format:
    """Return the format of the data set at `path`, from names alone where these tell.

    Raises:
        DataError: If nothing is there, or it is none of the formats.
    """
    if not path.exists():
        raise DataError(Problem(str(path), "does not exist."))
    if (path / "meta" / "info.json").is_file():
        return "lerobot"
    if _is_zarr_group(path):
        return "zarr"
    files = trajectory_files(path)
    for file in files:
        try:
            return "robomimic" if _has_demonstrations(file) else "original"
        except DataError:
            # One of several is left to the reader, which goes on and reports it.
            if file == path:
                raise
    if files:
        return "original"
    message = (
        "is none of: original HDF5 (*.h5), robomimic HDF5 (data/demo_*), LeRobot "
        "(meta/info.json), Diffusion Policy zarr (meta/episode_ends)."
    )
    raise DataError(Problem(str(path), message))


def open_source(
    path: Path | str, *, trajectories: Literal["all", "first"] = "all"
) -> DemonstrationSource:
    """Open a data set of any format.

    Args:
        path: A file or a directory.
        trajectories: Of the original's files, read every trajectory or only the first of each.

    Raises:
        DataError: If the data set cannot be opened at all. Single broken files do not raise: they
            are in `problems` of the source.
        ImportError: If the format needs an extra; the message names it.
    """
    path = Path(path)
    match detect_format(path):
        case "lerobot":
            return LeRobotSource(path)
        case "zarr":
            return ReplayBufferSource(path)
        case "robomimic":
            return open_robomimic(path)
        case "original":
            return open_original(path, trajectories=trajectories)


def _is_zarr_group(path: Path) -> bool:
    signs = (".zgroup", "zarr.json", "meta/episode_ends")
    return any((path / sign).exists() for sign in signs) or zipfile.is_zipfile(path)


def _has_demonstrations(path: Path) -> bool:
    try:
        with h5py.File(path, "r") as file:
            data = file.get("data")
            return isinstance(data, h5py.Group) and any(n.startswith("demo") for n in data)
    except OSError as error:
        raise DataError(unreadable(path, error)) from error
