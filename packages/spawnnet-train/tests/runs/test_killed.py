"""A whole run that is killed leaves no process, no shared memory and no temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_runs import CLONING, DAGGER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def members(session: int) -> set[int]:
    """Return the processes of a session that run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended since
        if int(of) == session and state != "Z":
            found.add(int(stat.parent.name))
    return found


def shared_memory(pids: set[int]) -> set[Path]:
    """Return the named shared memory that processes use; others of the machine have theirs."""
    lines: list[str] = []
    for pid in pids:
        try:
            lines += Path(f"/proc/{pid}/maps").read_text().splitlines()
        except OSError:
            continue  # it has ended since
    names = {line.split()[-1] for line in lines if "/dev/shm/" in line and "(deleted)" not in line}
    return set(map(Path, names))


def wait_until(holds: Callable[[], object], what: str, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def wait_for_none(left: Callable[[], object], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while found := left():
        assert time.monotonic() < deadline, f"{what} are left: {found}"
        time.sleep(0.1)


def is_training(folder: Path) -> bool:
    return any(rows.stat().st_size for rows in folder.glob("runs/killed/*/metrics.jsonl"))


def dagger(folder: Path) -> dict[str, Any]:
    simulation = {**DAGGER["simulation"], "engine": {"name": "mujoco", "workers": 1}}
    algorithm = {**DAGGER["algorithm"], "updates_per_round": 100_000}
    return {**DAGGER, "algorithm": algorithm, "simulation": simulation}


def cloning(folder: Path) -> dict[str, Any]:
    shown = {**CLONING["algorithm"]["demonstrations"], "train": {"path": str(folder / "train")}}
    algorithm = {**CLONING["algorithm"], "epochs": 100_000, "demonstrations": shown}
    algorithm["demonstrations"]["validation"] = {}
    return {**CLONING, "algorithm": {**algorithm, "num_workers": 2}}


def left_in(folder: Path) -> list[Path]:
    """Return what is in a folder but for what wandb and torch 2.8 make when they are imported."""
    found = [path for path in folder.iterdir() if "wandb-" not in path.name]
    return [path for path in found if not (path / "_remote_module_non_scriptable.py").is_file()]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [dagger, cloning])
def test_nothing_of_a_killed_run_is_left(
    settings: Callable[[Path], Mapping[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    demonstrations: Path,
    tmp_path: Path,
) -> None:
    train = {**settings(demonstrations)["train"], "log_every": 1}
    chosen = {**settings(demonstrations), "train": train, "output": str(tmp_path / "runs")}
    file, own = write_config(tmp_path / "killed.yaml", chosen), tmp_path / "tmp"
    own.mkdir()
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}  # torch keeps it between runs
    with (tmp_path / "log").open("w") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "spawnnet_train", "run", str(file)],
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(own), "OMP_NUM_THREADS": "1", **cache},
            start_new_session=True,
        )
        try:
            wait_until(lambda: run.poll() is not None or is_training(tmp_path), "no updates")
            assert run.poll() is None, (tmp_path / "log").read_text()
            assert len(members(run.pid)) >= 2
            shared = shared_memory(members(run.pid))
        finally:
            run.kill()
            run.wait()
    wait_for_none(lambda: members(run.pid), "processes", seconds=30)
    wait_for_none(lambda: left_in(own), "temporary folders", seconds=10)
    wait_for_none(lambda: [path for path in shared if path.exists()], "shared memory", seconds=10)
