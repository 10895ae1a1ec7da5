"""One recorded episode as an HDF5 file; what is in it says `spawnnet_sim.tools.recording`."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from spawnnet_sim.atomic_file import disk_errors
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.extras import import_extra

TRAJECTORY = "traj_0"
Compression = Literal["none", "lzf", "gzip"]
CACHED = 4 * 2**20
"""Bytes of a compressed file that HDF5 may hold back until it is closed."""


def episode_path(folder: Path, episode: int) -> Path:
    """Return where an episode is kept."""
    return folder / "none" / f"episode_{episode:05d}.h5"


def check_recorded(path: Path, expected: dict[str, Any]) -> str:
    """Check that an episode was recorded with the expected settings, given by nested names.

    Returns:
        The name of its cabinet.

    Raises:
        ConfigurationError: If it was not, or the file is damaged.
    """
    h5py = import_extra("h5py", "hdf5")
    try:
        with h5py.File(path) as file:
            attributes = file[TRAJECTORY].attrs
            recorded = {**json.loads(attributes["settings"]), "seed": attributes["seed"].tolist()}
            cabinet = str(attributes["cabinet"])
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            "", f"{path} is no recorded episode ({error}): remove it or choose another folder."
        ) from error
    recorded = _flat(recorded)
    for name, value in _flat(expected).items():
        if recorded.get(name) != value:
            raise ConfigurationError(
                "",
                f"{path} was recorded with `{name}` {recorded.get(name)!r}, now it is {value!r}:"
                " choose another folder.",
            )
    return cabinet


def check_space(folder: Path, size: int) -> None:
    """Check that files of some bytes have room, as HDF5 does not survive a full disk.

    Raises:
        OSError: If they have not.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OSError(errno.ENOSPC, f"needs {size:,} bytes, only {free:,} are free", str(folder))


class EpisodeWriter:
    """Writes one episode step by step, and gives it its name when it is finished."""

    def __init__(
        self, path: Path, environment: CabinetEnv, every: int, compression: Compression
    ) -> None:
        self._compression = compression
        self._path, self._steps = path, -(-environment.episode_steps // every)
        self._views = environment.views
        self._names = {
            f"{TRAJECTORY}/obs/state": environment.proprioception_names,
            f"{TRAJECTORY}/actions": environment.action_names,
        }
        self._temporary = path.with_name(f".{path.name}.part")
        with disk_errors(path):
            self._file = import_extra("h5py", "hdf5").File(self._temporary, "w")
        self._file.attrs["rate"] = 1 / environment.control_timestep
        self._file.attrs["every"] = every

    def __enter__(self) -> EpisodeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        # After an error of the disk HDF5 cannot close in good order, and the file goes anyway.
        with suppress(OSError, RuntimeError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, step: int, row: dict[str, NDArray[Any]]) -> None:
        """Write one time step of every dataset."""
        with disk_errors(self._path):
            for name, values in row.items():
                path = f"{TRAJECTORY}/{name}"
                if path not in self._file:
                    self._create(path, values)
                self._file[path][step] = values

    def finish(self, **facts: str | bool | float | Sequence[int]) -> None:
        """Add what is known about the episode and move the file to its place."""
        with disk_errors(self._path):
            self._file[TRAJECTORY].attrs.update(facts)
            self._file.close()
            self._temporary.replace(self._path)

    def _create(self, path: str, values: NDArray[Any]) -> None:
        shape = (self._steps, *values.shape)
        options: dict[str, Any] = {}
        if values.ndim > 1 and values.size and self._compression != "none":
            # Images one by one, so that single steps read fast.
            options = {"chunks": (1, *values.shape), "compression": self._compression}
        if options.get("compression") == "gzip":
            options["compression_opts"] = 1
        dataset = self._file.create_dataset(path, shape, values.dtype, **options)
        if path in self._names:
            dataset.attrs["names"] = self._names[path]
        elif path.startswith(f"{TRAJECTORY}/obs/"):
            dataset.attrs["views"] = self._views


def _flat(settings: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return nested settings by their dotted paths."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        inner = _flat(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
        flat |= inner
    return flat
