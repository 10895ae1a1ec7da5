"""Recorded episodes in the formats of other projects, which the command `spawnnet-data` writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from spawnnet_sim.errors import ConfigurationError

OutputFormat = Literal["hdf5", "robomimic", "lerobot"]


def recording_folder(out: Path, output_format: OutputFormat) -> Path:
    """Return where episodes are recorded as HDF5: in `out`, or beside it for another format.

    Raises:
        ConfigurationError: If what is to be written is there already, or could not be written.
    """
    if output_format == "hdf5":
        return out
    if out.exists():
        raise ConfigurationError("--out", f"{out} is there already; name what is not.")
    _command(output_format)
    return out.with_name(f"{out.stem}_recorded")


def written_as(output_format: OutputFormat, folder: Path, out: Path) -> Path:
    """Write the episodes of a folder in a format to `out`, and return where they are.

    The folder stays, so that more episodes can be recorded.

    Raises:
        ConfigurationError: If that fails; the command says why on the standard error.
    """
    if output_format == "hdf5":
        return folder
    command = [_command(output_format), "convert", str(folder), str(out), "--to", output_format]
    status = subprocess.run(command, check=False).returncode
    if status:
        message = f"the episodes are kept in {folder}, but `{' '.join(command)}` failed, see above."
        raise ConfigurationError("--format", message)
    return out


def _command(output_format: str) -> str:
    beside = shutil.which("spawnnet-data", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("spawnnet-data")
    if found is None:
        remedy = "pip install 'spawnnet-data[lerobot]'"
        raise ConfigurationError("--format", f"{output_format} needs another package: {remedy}.")
    return found
