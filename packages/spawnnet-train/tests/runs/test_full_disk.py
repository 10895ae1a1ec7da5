"""Where a disk is full for real, a run ends with one sentence, and goes on once there is room."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file
from small_runs import DAGGER, Small
from typer.testing import CliRunner

from spawnnet_train.cli import app

MEGABYTES = 24


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk."""
    if sys.platform != "linux":
        pytest.skip("mounts a tmpfs")
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def leave_free(disk: Path, kilobytes: int) -> Path:
    filler = disk / "filler"
    filler.write_bytes(bytes(MEGABYTES * 2**20 - kilobytes * 2**10))
    return filler


def weights(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = load_file(run / "checkpoints/final.safetensors")
    return found


def train_until_full(disk: Path, settings: Mapping[str, Any], kilobytes: int) -> Path:
    """Return the run that ended, with room for it again."""
    file = disk / "full.yaml"
    file.write_text(yaml.safe_dump({**settings, "output": str(disk / "runs")}), "utf-8")
    filler = leave_free(disk, kilobytes)
    result = CliRunner().invoke(app, ["run", str(file)])
    assert result.exit_code == 1, result.output
    (said,) = [line for line in result.output.splitlines() if line.startswith("Error")]
    assert re.match(rf"Error: {disk}/[^:]+: No space left on device; what was written", said)
    filler.unlink()
    (run,) = (path for path in (disk / "runs/full").iterdir() if not path.is_symlink())
    return run


@pytest.mark.slow
def test_a_replay_buffer_goes_on_as_if_the_disk_had_never_been_full(
    dagger: Small, disk: Path
) -> None:
    replay = {"images": "disk", "frozen": "disk"}
    settings = {**DAGGER, "algorithm": {**DAGGER["algorithm"], "replay": replay}}
    run = train_until_full(disk, settings, kilobytes=1900)
    resumed = CliRunner().invoke(app, ["resume", str(run)])
    assert resumed.exit_code == 0, resumed.output
    expected = weights(dagger.run.path)
    assert all(np.array_equal(value, expected[key]) for key, value in weights(run).items())


@pytest.mark.slow
def test_features_that_were_kept_before_the_disk_was_full_are_found_again(
    cloned: Small, disk: Path, cloning_settings: Callable[[Path], dict[str, Any]]
) -> None:
    settings = cloning_settings(cloned.file.parent)
    settings["algorithm"] |= {"frozen": "disk", "frozen_folder": str(disk / "features")}
    train_until_full(disk, settings, kilobytes=400)
    (kept,) = (disk / "features").glob("*/features.bin")
    content = kept.read_bytes()
    again = CliRunner().invoke(app, ["run", str(disk / "full.yaml")])
    assert again.exit_code == 0, again.output
    assert content
    assert kept.read_bytes().startswith(content)
