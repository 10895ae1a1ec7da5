"""What is recorded in simulation is read where other projects' formats are read."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spawnnet_data import infer_mapping, open_source
from spawnnet_sim.cli import app

SMALL = ["--episodes", "2", "--num-cabinets", "1", "--set", "episode_steps=5"]
CAMERA = ["--set", 'cameras.views=["wrist"]', "--set", "cameras.image_size=[32, 48]"]


@pytest.mark.parametrize(
    ("output_format", "name", "found"),
    [("lerobot", "drawer", "LeRobot v3.0"), ("robomimic", "drawer.hdf5", "robomimic")],
)
def test_demonstrations_are_recorded_in_formats_of_others(
    output_format: str, name: str, found: str, tmp_path: Path
) -> None:
    out = tmp_path / name
    command = ["record", "--format", output_format, "--out", str(out), *SMALL, *CAMERA]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert f"2 episodes in {out}" in result.output.replace("\n", "")
    source = open_source(out)
    assert source.format == found
    assert [episode.length for episode in source.episodes] == [5, 5]
    assert source.rate == 20
    mapping = infer_mapping(source)
    assert list(mapping.views) == ["wrist"]
    assert source.describe(0, mapping.actions[0]).shape == (7,)
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 2
    assert "is there already" in again.output
