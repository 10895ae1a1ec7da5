"""Which format a data set is in, and the source that reads it."""

from __future__ import annotations

import inspect
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.sources.guarded import GuardedSource, guard
from spawnnet_data.sources.hdf5_files import trajectory_files
from spawnnet_data.sources.hdf5_tree import unreadable
from spawnnet_data.sources.lerobot import LeRobotSource
from spawnnet_data.sources.original import open_original
from spawnnet_data.sources.robomimic import open_robomimic
from spawnnet_data.sources.source import DemonstrationSource
from spawnnet_data.sources.zarr_replay import ReplayBufferSource

# Entries of a folder that are looked at for a hint.
_HINTS = 50


@dataclass(frozen=True)
class _Format:
    detect: Callable[[Path], bool]
    open: Callable[..., DemonstrationSource]


def register_format(
    name: str, detect: Callable[[Path], bool], open: Callable[..., DemonstrationSource]
) -> None:
    """Make a format known to `open_source`; the one registered last is asked first.

    Args:
        name: What `detect_format` returns.
        detect: Returns whether a path holds this format, quickly and from names where these tell.
        open: Returns the source at a path; its other arguments are options of `open_source`.

    Raises:
        ValueError: If the name is taken.

    Example:
        >>> register_format("numpy", lambda path: path.suffix == ".npz", NumpySource)
    """
    if name in _FORMATS:
        raise ValueError(f"format {name!r} is already registered.")
    _FORMATS[name] = _Format(detect, open)


def list_formats() -> tuple[str, ...]:
    """Return the names of all formats."""
    return tuple(_FORMATS)


def format_summary(name: str) -> str:
    """Return in one line what a format is: the first of the module that reads it."""
    module = inspect.getmodule(_FORMATS[name].open)
    return ((module and module.__doc__) or "").strip().partition("\n")[0]


def detect_format(path: Path) -> str:
    """Return the format of the data set at `path`, from names alone where these tell.

    Raises:
        DataError: If nothing is there, or it is none of the formats.
    """
    with guard(Problem(str(path), "")):
        if not path.exists():
            raise DataError(Problem(str(path), "does not exist."))
        for name, entry in reversed(_FORMATS.items()):
            if entry.detect(path):
                return name
    message = (
        "is none of: original HDF5 (*.h5), robomimic HDF5 (data/demo_*), LeRobot "
        "(meta/info.json), Diffusion Policy zarr (meta/episode_ends)"
    )
    others = "".join(f", {name}" for name in list(_FORMATS)[_BUILT_IN:])
    raise DataError(Problem(str(path), f"{message}{others}{_hint(path)}."))


def _hint(path: Path) -> str:
    """Return the folders one level down that would be read, or what to do with others."""
    folders = sorted(path.iterdir())[:_HINTS] if path.is_dir() else []
    found = [child.name for child in folders if _is_lerobot(child) or _is_zarr(child)]
    if found:
        return f"; it holds {', '.join(found)}, name one of these"
    is_arrow = path.is_dir() and next(path.glob("data/*/*.arrow"), None) is not None
    return "; Minari writes what is read with data_format='hdf5'" if is_arrow else ""


def open_source(path: Path | str, **options: Any) -> DemonstrationSource:
    """Open a data set of any format.

    Args:
        path: A file or a directory.
        **options: Those of the format. All have `follow_links=False`, whether files outside the
            data set may be read; the original's have `trajectories="all"`, or `"first"` to read
            only the first trajectory of each file.

    Raises:
        DataError: If the data set cannot be opened at all. Single broken files do not raise: they
            are in `problems` of the source.
        ConfigurationError: If the format has no such option, or needs an extra that is not
            installed; the message names it.
    """
    path = Path(path)
    name = detect_format(path)
    opened = _FORMATS[name].open
    known = list(inspect.signature(opened).parameters)[1:]
    for option in options:
        if option not in known:
            message = f"format {name!r} has no such option, there are {', '.join(known) or 'none'}."
            raise ConfigurationError(option, message)
    with guard(Problem(str(path), "")):
        return GuardedSource(opened(path, **options))


def _is_lerobot(path: Path) -> bool:
    return (path / "meta" / "info.json").is_file()


def _is_zarr(path: Path) -> bool:
    signs = (".zgroup", "zarr.json", "meta/episode_ends")
    is_zip = path.is_file() and zipfile.is_zipfile(path)
    return is_zip or any((path / sign).exists() for sign in signs)


def _is_robomimic(path: Path) -> bool:
    """Return whether the first file that opens has demonstrations of robomimic.

    Raises:
        DataError: If there is one file only, and it does not open.
    """
    for file in filter(Path.is_file, trajectory_files(path)):
        try:
            with h5py.File(file, "r") as handle:
                return _has_demonstrations(handle)
        except OSError as error:
            # One of several is left to the reader, which goes on and reports it.
            if file == path:
                raise DataError(unreadable(path, error)) from error
    return False


def _has_demonstrations(handle: h5py.File) -> bool:
    # Asking a link to another file would open it.
    if not isinstance(handle.get("data", getlink=True), h5py.HardLink):
        return False
    data = handle["data"]
    return isinstance(data, h5py.Group) and any(name.startswith("demo") for name in data)


_FORMATS: dict[str, _Format] = {
    "original": _Format(lambda path: bool(trajectory_files(path)), open_original),
    "robomimic": _Format(_is_robomimic, open_robomimic),
    "zarr": _Format(_is_zarr, ReplayBufferSource),
    "lerobot": _Format(_is_lerobot, LeRobotSource),
}
_BUILT_IN = len(_FORMATS)
