"""Two processes started by the command: one fails, one is killed, all are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spawnnet_jobs.together.torchrun import run_together
from spawnnet_record.run_record import find_runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
# Whoever is the second of two processes breaks off in the fourth update.
PLUGIN = """
import os
from spawnnet_train.learning.learner import Learner

update = Learner.update


def failing(self, *arguments):
    if self.num_updates == 3 and os.environ.get("RANK") == "1":
        raise ValueError("something is broken")
    return update(self, *arguments)


Learner.update = failing
"""


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def wait_until(holds: Callable[[], object], what: str, seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def shared_memory(pids: Iterable[int]) -> list[str]:
    """Return the names of shared memory that torch has made for some processes."""
    return [str(file) for pid in pids for file in Path("/dev/shm").glob(f"torch_{pid}_*")]


def is_saved(folder: Path) -> bool:
    return any(folder.glob("runs/*/*/training_state.safetensors"))


@pytest.fixture
def file(
    demonstrations: Path,
    cloning_settings: Callable[[Path], dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    tmp_path: Path,
) -> Path:
    """A configuration that goes on for long."""
    settings = cloning_settings(demonstrations)
    settings["algorithm"]["epochs"] = 100_000
    (tmp_path / "failing_plugin.py").write_text(PLUGIN)
    return write_config(tmp_path / "long.yaml", {**settings, "output": str(tmp_path / "runs")})


@contextmanager
def training(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Train in two processes; the context begins when the first state has been saved."""
    command = [sys.executable, "-m", "spawnnet_train", "run", str(file), "--processes", "2"]
    with (file.parent / "log").open("w") as log:
        run = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        try:
            wait_until(lambda: run.poll() is not None or is_saved(file.parent), "nothing saved")
            assert run.poll() is None, (file.parent / "log").read_text()
            yield run
        finally:
            run.kill()
            run.wait()


def test_the_first_status_that_is_not_zero_is_that_of_all(tmp_path: Path) -> None:
    program = "import os, sys, time; rank = int(os.environ['RANK'])\n"
    program += f"open({str(tmp_path)!r} + f'/{{rank}}', 'w').write(os.environ['WORLD_SIZE'])\n"
    program += "sys.exit(7) if rank == 1 else time.sleep(60)"
    start, before = time.monotonic(), dict(os.environ)
    assert run_together([sys.executable, "-c", program], 2) == 7
    assert time.monotonic() - start < 50
    assert dict(os.environ) == before
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"0": "2", "1": "2"}


@pytest.mark.slow
def test_where_one_process_is_killed_all_end(file: Path) -> None:
    with training(file) as run:
        processes = children(run.pid)
        assert len(processes) == 2
        os.kill(processes[1], signal.SIGKILL)
        assert run.wait(timeout=60) == 128 + signal.SIGKILL
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "left", 30)
    assert not shared_memory(processes)
    assert "Process 2 of 2 was ended by signal 9" in (file.parent / "log").read_text()


@pytest.mark.long
def test_ctrl_c_saves_and_ends_all(file: Path) -> None:
    with training(file) as run:
        processes = children(run.pid)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130
        assert not any(Path(f"/proc/{pid}").exists() for pid in processes)
    assert not shared_memory(processes)
    (record,) = find_runs(file.parent / "runs")
    assert record.checkpoints()[-1] == "interrupted"
    assert f"resume {record.directory.path} --processes 2" in (file.parent / "log").read_text()


@pytest.mark.long
def test_the_process_that_failed_says_why_first(file: Path) -> None:
    command = [sys.executable, "-m", "spawnnet_train", "run", str(file), "--processes", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(file.parent)}
    plugin = ["--set", "imports=[failing_plugin]"]
    done = subprocess.run(
        [*command, *plugin], env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 1
    assert done.stderr.index("something is broken") < done.stderr.index("Process 2 of 2 has failed")
    assert done.stderr.partition("something is broken")[0].count("Traceback") == 1
