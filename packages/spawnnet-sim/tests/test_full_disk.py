"""On a disk that is full for real, commands end with one sentence and leave nothing half."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spawnnet_sim.atomic_file import disk_errors, write_bytes
from spawnnet_sim.cli import app

MEGABYTES = 9  # room for one episode of the light profile


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


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("compression", ["none", "lzf"])
def test_recording_keeps_what_is_complete(disk: Path, compression: str) -> None:
    command = ["record", "--out", str(disk / "demos"), "--episodes", "4", "--num-cabinets", "1"]
    changes = ["--set", 'cameras.views=["wrist"]', "--set", "episode_steps=64"]
    result = CliRunner().invoke(app, [*command, "--compression", compression, *changes])
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if line.startswith("Error")]
    assert len(lines) == 1
    assert "are free; what is complete is kept, the same command goes on." in lines[0]
    assert files(disk) == [f"episode_{i:05d}.h5" for i in range(len(files(disk)))]


def test_a_file_is_whole_or_not_there(disk: Path) -> None:
    write_bytes(disk / "a", b"1" * 1000)
    with pytest.raises(OSError, match="cannot be written, No space left on device"):
        write_bytes(disk / "a", b"2" * (MEGABYTES * 2**20))
    assert files(disk) == ["a"]
    assert (disk / "a").read_bytes() == b"1" * 1000


def test_errors_of_hdf5_say_what_the_system_said() -> None:
    told = "Can't write (errno = 28, error message = 'No space left on device', buf = 0x1)"
    with pytest.raises(OSError, match=r"a\.h5") as caught, disk_errors(Path("a.h5")):
        raise RuntimeError(told)
    assert caught.value.strerror == "cannot be written, No space left on device"
