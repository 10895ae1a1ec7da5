from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.conversion import convert_to, refuse_losses


@pytest.mark.parametrize(
    ("output_format", "name", "format_name"),
    [
        ("hdf5", "out", "original HDF5"),
        ("robomimic", "out.hdf5", "robomimic"),
        ("lerobot", "out", "LeRobot v3.0"),
    ],
)
def test_every_format_that_is_written_is_read(
    tmp_path: Path, write: SimpleNamespace, output_format: Any, name: str, format_name: str
) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    done = list(convert_to(output_format, demonstrations, tmp_path / name))
    assert [episode.name for episode in done] == ["demo_0", "demo_1", "demo_2"]
    again = open_source(tmp_path / name)
    assert again.format == format_name
    assert again.rate == 20


def test_only_hdf5_is_compressed(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    with pytest.raises(ConfigurationError, match="compression: lerobot has its own"):
        list(convert_to("lerobot", demonstrations, tmp_path / "out", compression="gzip"))


def test_losses_are_refused_with_the_ways_out() -> None:
    refuse_losses(Path("a.h5"), [])
    with pytest.raises(DataError, match=r"^a\.h5: keys that cannot be converted: 1; .*--keys"):
        refuse_losses(Path("a.h5"), [Problem("a.h5", "lost.", key="obs/rgb")])
