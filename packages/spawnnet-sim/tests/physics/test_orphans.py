import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

PROGRAM = """
import os, time
from spawnnet_sim import (
    CabinetsConfig, CamerasConfig, EnvironmentConfig, MujocoConfig, create_environment
)

if __name__ == "__main__":
    environment = create_environment(
        EnvironmentConfig(
            cabinets=CabinetsConfig(count=2),
            cameras=CamerasConfig(views=()),
            engine=MujocoConfig(workers=2),
        )
    )
    environment.reset(seed=0)
    print(*(running.process.pid for running in environment._physics._running), flush=True)
    time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_of_a_killed_process_neither_workers_nor_files_are_left(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    own = tmp_path / "tmp"
    own.mkdir()
    parent = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(own), "OMP_NUM_THREADS": "1"},
    )
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(is_running, workers))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert list(own.iterdir()) == []


BUSY = """
import multiprocessing, sys, time
from spawnnet_sim.physics.orphans import end_with_parent

def work(pipe):
    end_with_parent()
    pipe.send(multiprocessing.current_process().pid)
    while True:
        pass

if __name__ == "__main__":
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
    process.start()
    print(ours.recv(), flush=True)
    time.sleep(600)
"""


def test_a_worker_that_listens_to_nobody_ends_too(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(BUSY)
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while is_running(worker):
        assert time.monotonic() < deadline
        time.sleep(0.1)
