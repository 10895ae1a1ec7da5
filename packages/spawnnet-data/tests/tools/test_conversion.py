import math
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


@pytest.mark.parametrize("source_format", ["original", "robomimic"])
@pytest.mark.parametrize("output_format", ["hdf5", "robomimic", "lerobot"])
def test_every_format_holds_the_rate_that_is_given(
    tmp_path: Path, write: SimpleNamespace, source_format: str, output_format: Any
) -> None:
    source = open_source(getattr(write, source_format)(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    out = tmp_path / "out.hdf5"
    list(convert_to(output_format, demonstrations, out, rate=12.5))
    assert open_source(out).rate == 12.5


@pytest.mark.parametrize("rate", [0.001, 1e6])
@pytest.mark.parametrize("output_format", ["hdf5", "robomimic", "lerobot"])
def test_every_format_holds_the_slowest_and_the_fastest_rate(
    tmp_path: Path, write: SimpleNamespace, output_format: Any, rate: float
) -> None:
    source = open_source(write.original(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    out = tmp_path / "out.hdf5"
    list(convert_to(output_format, demonstrations, out, rate=rate))
    again = open_source(out)
    assert again.rate == rate
    assert [len(again.read(1, key, [3])) for key in again.keys] == [1] * len(again.keys)


@pytest.mark.parametrize("output_format", ["hdf5", "robomimic", "lerobot"])
def test_a_rate_at_which_nothing_moves_is_refused_before_anything_is_written(
    tmp_path: Path, write: SimpleNamespace, output_format: Any
) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    for rate in (math.inf, math.nan, 0, -10, 1e-9):
        with pytest.raises(ConfigurationError, match=f"^rate: must be .* Hz, got {rate:g}"):
            list(convert_to(output_format, demonstrations, tmp_path / "new/out", rate=rate))
    assert not (tmp_path / "new").exists()


def test_only_hdf5_is_compressed(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    with pytest.raises(ConfigurationError, match="compression: lerobot has its own"):
        list(convert_to("lerobot", demonstrations, tmp_path / "out", compression="gzip"))


def test_losses_are_refused_with_the_ways_out() -> None:
    refuse_losses(Path("a.h5"), [])
    with pytest.raises(DataError, match=r"^a\.h5: keys that cannot be converted: 1; .*--keys"):
        refuse_losses(Path("a.h5"), [Problem("a.h5", "lost.", key="obs/rgb")])
