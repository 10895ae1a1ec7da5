"""HDF5 files that are there whole or not at all, and errors of the disk in one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.sources.hdf5_tree import hdf5_reason

_GO_ON = "what is complete is kept, make space and run the command again"


@contextmanager
def new_hdf5_file(path: Path, size: int) -> Iterator[tuple[h5py.File, Path]]:
    """Yield an open file and its unfinished path; it is closed, and removed if anything fails.

    Args:
        path: Name that it is to get later, in a directory that exists.
        size: Bytes that will be written, about.

    Raises:
        OSError: If there is not enough space, or it cannot be written.
    """
    # HDF5 itself does not survive a full disk in good order.
    free = shutil.disk_usage(path.parent).free
    if free < size:
        raise OSError(f"{path}: needs {size:,} bytes, only {free:,} are free; {_GO_ON}.")
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        with h5py.File(unfinished, "w") as file:
            yield file, unfinished
    except (OSError, RuntimeError) as error:
        unfinished.unlink(missing_ok=True)
        message = f"{path}: cannot be written, {hdf5_reason(error)}; {_GO_ON}."
        raise OSError(message) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def step_bytes(demonstrations: Demonstrations) -> int:
    """Return the bytes of one time step with all views, uncompressed."""
    pixels = 0
    sizes = demonstrations.view_sizes()
    for view in demonstrations.mapping.views.values():
        H, W = sizes[view.rgb]
        pixels += H * W * (3 + (4 if view.depth else 0))
    return pixels + 4 * (demonstrations.action_dim + demonstrations.proprioception_dim)
