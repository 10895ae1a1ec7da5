"""Write a data set in any of the formats that are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.tools.convert import Compression, ConvertedEpisode, convert
from spawnnet_data.tools.lerobot_folder import write_lerobot
from spawnnet_data.tools.robomimic_file import write_robomimic

OutputFormat = Literal["hdf5", "robomimic", "lerobot"]


def convert_to(
    output_format: OutputFormat,
    demonstrations: Demonstrations,
    destination: Path,
    *,
    compression: Compression = "none",
    rate: float | None = None,
) -> Iterator[ConvertedEpisode]:
    """Convert every episode; see `convert`, `write_robomimic` and `write_lerobot`.

    Args:
        output_format: Layout of the original in HDF5, robomimic's or LeRobot's.
        demonstrations: What to write, as mapped.
        destination: Directory, or file for robomimic.
        compression: Compression of every array, for `hdf5`.
        rate: Time steps per second (Hz); that of the source if None. `lerobot` needs one.

    Raises:
        ConfigurationError: If a setting does not fit the format, or the destination is taken.
        DataError: If the source is damaged.
        OSError: If the disk fails.
    """
    if output_format == "hdf5":
        yield from convert(demonstrations, destination, compression=compression, rate=rate)
        return
    if compression != "none":
        raise ConfigurationError("compression", f"{output_format} has its own, leave it out.")
    if output_format == "robomimic":
        names = write_robomimic(demonstrations, destination, rate=rate)
    else:
        names = write_lerobot(demonstrations, destination, rate=rate)
    for name in names:
        yield ConvertedEpisode(name, destination, False)


def refuse_losses(path: Path, missing: list[Problem]) -> None:
    """Refuse to convert a data set of which keys would be lost.

    Raises:
        DataError: If there are any.
    """
    if missing:
        message = (
            f"keys that cannot be converted: {len(missing)}; name those that are wanted with "
            "--keys, or go on without them with --allow-missing."
        )
        raise DataError(Problem(str(path), message))
