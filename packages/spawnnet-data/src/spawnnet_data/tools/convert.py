"""Write any data set in the original's HDF5 layout, one verified file per episode.

`traj_<i>.h5` holds `traj_0/obs/rgb (T, V, 3, H, W)`, `obs/depth (T, V, 1, H, W)` in metres,
`obs/state (T, S)` and `actions (T, A)`; the names of the views are an attribute of `rgb` and
`depth`, the rate (Hz) one of the file. Views of different sizes are arrays of their own,
`obs/rgb/<view>`. Arrays lie in one piece unless compressed, so that reading a
frame is one access.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from spawnnet_data.batches.windows import Indices
from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.common.json_file import write_json
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.sources.source import Array
from spawnnet_data.tools.output_file import new_hdf5_file, step_bytes
from spawnnet_data.tools.rate import rate_of

logger = logging.getLogger(__name__)

MANIFEST = "conversion.json"
Compression = Literal["none", "lzf", "gzip"]
# Time steps copied at a time.
_BLOCK = 64


@dataclass(frozen=True)
class ConvertedEpisode:
    """One episode of a conversion.

    Attributes:
        name: Name of the episode in the source.
        file: Where it is now.
        was_there: Whether an earlier run had converted it.
        problem: Why it was left out instead, or None.
    """

    name: str
    file: Path
    was_there: bool
    problem: Problem | None = None


def convert(
    demonstrations: Demonstrations,
    destination: Path,
    *,
    compression: Compression = "none",
    rate: float | None = None,
) -> Iterator[ConvertedEpisode]:
    """Convert every episode; one that an earlier, interrupted run has finished is kept.

    Each file is written beside its place, read back, compared, and only then moved there.

    Args:
        demonstrations: What to write, as mapped.
        destination: Directory, made if missing.
        compression: Compression of every array, in chunks of one time step.
        rate: Time steps per second (Hz); that of the source if None.

    Raises:
        ConfigurationError: If `destination` holds something else, or another conversion, or nothing
            moves at such a rate.
        DataError: If the source is damaged and broken episodes are not left out.
        OSError: If a file reads back differently.
    """
    hertz = rate_of(demonstrations, rate)
    _claim(destination, _manifest(demonstrations, compression, rate))
    for index in range(len(demonstrations)):
        file = destination / f"traj_{index}.h5"
        name = demonstrations.episode(index).name
        is_there = _is_complete(file, int(demonstrations.lengths[index]))
        problem = None
        if not is_there:
            try:
                _write(demonstrations, index, file, compression, hertz)
            except DataError as error:
                if not demonstrations.skip_broken:
                    raise
                problem = error.problem
                logger.warning("Left out: %s", problem)
        yield ConvertedEpisode(name, file, is_there, problem)


def _manifest(
    demonstrations: Demonstrations, compression: str, rate: float | None
) -> dict[str, Any]:
    settings = {
        "source": str(demonstrations.source.path.resolve()),
        "mapping": asdict(demonstrations.mapping),
        "compression": compression,
        "rate": rate,
        "episodes": [demonstrations.episode(i).name for i in range(len(demonstrations))],
    }
    as_read_back: dict[str, Any] = json.loads(json.dumps(settings))
    return as_read_back


def _claim(destination: Path, manifest: dict[str, Any]) -> None:
    """Make `destination` the place of this conversion."""
    path = destination / MANIFEST
    if path.is_file():
        found = _read_manifest(path)
        changed = [name for name, value in manifest.items() if found.get(name) != value]
        if changed:
            message = (
                f"{destination} holds another conversion ({', '.join(changed)} differ); "
                "choose another directory or remove it."
            )
            raise ConfigurationError("destination", message)
        return
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        message = f"{destination} is not empty; choose another directory."
        raise ConfigurationError("destination", message)
    destination.mkdir(parents=True, exist_ok=True)
    write_json(path, manifest)


def _read_manifest(path: Path) -> dict[str, Any]:
    """Return what a conversion has noted, nothing if the file is damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_complete(file: Path, length: int) -> bool:
    try:
        with h5py.File(file, "r") as handle:
            return bool(handle["traj_0/actions"].shape[0] == length)
    except (OSError, KeyError):
        return False


def _write(
    demonstrations: Demonstrations,
    index: int,
    file: Path,
    compression: Compression,
    rate: float | None,
) -> None:
    size = int(demonstrations.lengths[index]) * step_bytes(demonstrations)
    with new_hdf5_file(file, size) as (handle, unfinished):
        if rate is not None:
            handle.attrs["rate"] = rate
        group = handle.create_group("traj_0")
        group.attrs["task"] = demonstrations.episode(index).task
        group.attrs["source_episode"] = demonstrations.episode(index).name
        digests = _write_arrays(demonstrations, index, group, compression)
    try:
        verify_file(unfinished, digests)
        _sync(unfinished)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_arrays(
    demonstrations: Demonstrations, index: int, group: h5py.Group, compression: Compression
) -> dict[str, str]:
    """Write every field in blocks and return what the bytes of each should hash to."""
    digests = {}
    length = int(demonstrations.lengths[index])
    for name, read in _fields(demonstrations, index).items():
        digest = hashlib.sha256()
        dataset: h5py.Dataset | None = None
        for start in range(0, length, _BLOCK):
            block = np.ascontiguousarray(read(np.arange(start, min(start + _BLOCK, length))))
            if dataset is None:
                dataset = _create(group, name, (length, *block.shape[1:]), block, compression)
                if block.ndim == 5:
                    dataset.attrs["views"] = list(demonstrations.views)
            dataset[start : start + len(block)] = block
            digest.update(block.tobytes())
        digests[name] = digest.hexdigest()
    return digests


def _fields(demonstrations: Demonstrations, index: int) -> dict[str, Callable[[Indices], Array]]:
    """Return how to read steps of each field that goes into a file."""
    fields: dict[str, Callable[[Indices], Array]] = {
        "actions": lambda steps: demonstrations.actions(index)[steps]
    }
    if demonstrations.mapping.proprioception:
        fields["obs/state"] = lambda steps: demonstrations.proprioception(index)[steps]
    if len(set(demonstrations.view_sizes().values())) > 1:
        return fields | _separate_views(demonstrations, index)
    if demonstrations.views:
        fields["obs/rgb"] = lambda steps: demonstrations.rgb(index, steps)
    if demonstrations.mapping.has_depth:
        fields["obs/depth"] = lambda steps: demonstrations.depth(index, steps)
    return fields


def _separate_views(
    demonstrations: Demonstrations, index: int
) -> dict[str, Callable[[Indices], Array]]:
    """Return how to read each view; reading the file again gives them the same keys."""
    fields: dict[str, Callable[[Indices], Array]] = {}
    for name, view in demonstrations.mapping.views.items():
        fields[f"obs/rgb/{name}"] = partial(demonstrations.view_rgb, index, name)
        if view.depth:
            fields[f"obs/depth/{name}"] = partial(demonstrations.view_depth, index, name)
    return fields


def _create(
    group: h5py.Group, name: str, shape: tuple[int, ...], block: Array, compression: Compression
) -> h5py.Dataset:
    if compression == "none":
        return group.create_dataset(name, shape, block.dtype)
    chunks = (1, *shape[1:])
    return group.create_dataset(name, shape, block.dtype, chunks=chunks, compression=compression)


def verify_file(file: Path, digests: dict[str, str]) -> None:
    """Read a file back and compare every array with the SHA-256 of what was written.

    Raises:
        OSError: If it differs from what was written.
    """
    with h5py.File(file, "r") as handle:
        for name, expected in digests.items():
            dataset = handle[f"traj_0/{name}"]
            digest = hashlib.sha256()
            for start in range(0, dataset.shape[0], _BLOCK):
                digest.update(dataset[start : start + _BLOCK].tobytes())
            if digest.hexdigest() != expected:
                raise OSError(f"{file}, key {name}: reads back differently; check the disk.")


def _sync(file: Path) -> None:
    """Make sure the file is on disk before it gets its name."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
