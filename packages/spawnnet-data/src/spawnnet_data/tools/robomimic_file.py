"""Write a data set as one HDF5 file of robomimic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.sources.source import Array
from spawnnet_data.tools.output_file import new_hdf5_file, step_bytes
from spawnnet_data.tools.rate import rate_of

# Time steps copied at a time.
_BLOCK = 64


def write_robomimic(
    demonstrations: Demonstrations, destination: Path, *, rate: float | None = None
) -> Iterator[str]:
    """Write every episode and yield its name; the file gets its name when it is complete.

    `data/demo_<i>` holds `actions`, `obs/<view>_image (T, H, W, 3)` uint8, `obs/<view>_depth
    (T, H, W, 1)` float32 in metres and `obs/state`. Views may differ in size.

    Args:
        demonstrations: What to write, as mapped.
        destination: The file, which must not exist.
        rate: Time steps per second (Hz), `control_freq` there; that of the source if None.

    Raises:
        ConfigurationError: If the file exists, or nothing moves at such a rate.
        DataError: If something cannot be read.
    """
    hertz = rate_of(demonstrations, rate)
    if destination.exists():
        raise ConfigurationError("destination", f"{destination} exists; choose another name.")
    destination.parent.mkdir(parents=True, exist_ok=True)
    total = int(demonstrations.lengths.sum())
    # Images are compressed; they hardly shrink to less than half.
    size = total * step_bytes(demonstrations) // 2
    with new_hdf5_file(destination, size) as (file, unfinished):
        data = file.create_group("data")
        data.attrs["total"] = total
        data.attrs["env_args"] = _environment(hertz)
        for index in range(len(demonstrations)):
            _write_episode(demonstrations, index, data.create_group(f"demo_{index}"))
            yield demonstrations.episode(index).name
    unfinished.replace(destination)


def _environment(rate: float | None) -> str:
    settings = {} if rate is None else {"control_freq": rate}
    return json.dumps({"env_name": "", "type": 1, "env_kwargs": settings})


def _write_episode(demonstrations: Demonstrations, index: int, group: h5py.Group) -> None:
    length = int(demonstrations.lengths[index])
    group.attrs["num_samples"] = length
    group.attrs["task"] = demonstrations.episode(index).task
    group["actions"] = demonstrations.actions(index)
    if demonstrations.mapping.proprioception:
        group["obs/state"] = demonstrations.proprioception(index)
    for start in range(0, length, _BLOCK):
        steps = np.arange(start, min(start + _BLOCK, length))
        for name, view in demonstrations.mapping.views.items():
            rgb = demonstrations.view_rgb(index, name, steps)  # (n, 3, H, W)
            _store(group, f"obs/{name}_image", rgb, start, length)
            if view.depth:
                depth = demonstrations.view_depth(index, name, steps)  # (n, 1, H, W)
                _store(group, f"obs/{name}_depth", depth, start, length)


def _store(group: h5py.Group, key: str, images: Array, start: int, length: int) -> None:
    rows = images.transpose(0, 2, 3, 1)  # (n, H, W, C)
    if key not in group:
        shape = (length, *rows.shape[1:])
        group.create_dataset(key, shape, rows.dtype, chunks=(1, *shape[1:]), compression="gzip")
    group[key][start : start + len(rows)] = rows
