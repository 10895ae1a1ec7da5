"""Programs that are no worker, or not ours: each is named within its deadline."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spawnnet_sim import ConfigurationError, WorkerError
from spawnnet_sim.isaacgym.worker_process import WorkerProcess

GREETING = """
import argparse, sys, time
parser = argparse.ArgumentParser()
for name in ("commands", "answers", "lifeline", "memory"):
    parser.add_argument("--" + name, type=int)
given = parser.parse_args()
sys.path.insert(0, {folder!r})
from frames import Channel
channel = Channel(given.commands, given.answers)
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str], WorkerProcess]:
    """Return what starts a Python program in the worker's place."""

    def run(program: str, timeout: float = 20.0) -> WorkerProcess:
        import spawnnet_sim.isaacgym.worker_process as module

        folder = str(module.PROGRAM.parent)
        (tmp_path / "program.py").write_text(GREETING.format(folder=folder) + program)
        script = tmp_path / "python"
        script.write_text(
            f'#!/bin/sh\nshift\nexec "{sys.executable}" "{tmp_path}/program.py" "$@"\n'
        )
        script.chmod(0o755)
        return WorkerProcess(str(script), os.open(os.devnull, os.O_RDWR), os.environ, timeout)

    return run


def test_another_version_is_named(start: Callable[..., WorkerProcess]) -> None:
    with pytest.raises(WorkerError, match="speaks version 99 of the protocol, not 1"):
        start('channel.send({"protocol": 99})\ntime.sleep(60)')


def test_a_death_at_the_start_is_told_with_its_code_and_log(
    start: Callable[..., WorkerProcess],
) -> None:
    with pytest.raises(WorkerError, match=r"(?s)died at its start \(exit code 3\).*no library"):
        start('print("no library")\nsys.exit(3)')


def test_who_never_speaks_is_ended_in_time(start: Callable[..., WorkerProcess]) -> None:
    with pytest.raises(WorkerError, match=r"did not start within 1\.5 s"):
        start("time.sleep(60)", 1.5)


def test_what_is_no_frame_is_told(start: Callable[..., WorkerProcess]) -> None:
    with pytest.raises(WorkerError, match="is no worker of this package: it sent a frame"):
        start('import os\nos.write(given.answers, b"\\xff" * 8)\ntime.sleep(60)')


def test_answers_become_errors_of_their_kind(start: Callable[..., WorkerProcess]) -> None:
    worker = start(
        """
channel.send({"protocol": 1})
channel.receive()
channel.send({"refused": {"field": "cuda_device", "message": "there is none."}})
channel.receive()
channel.send({"failed": "Traceback: boom"})
print(channel.receive(), flush=True)
channel.send({"done": {"seconds": 1}})
channel.receive()
time.sleep(60)
"""
    )
    with pytest.raises(ConfigurationError, match=r"^cuda_device: there is none\.$"):
        worker.ask("create", 10.0)
    with pytest.raises(WorkerError, match=r"failed in 'step':\nTraceback: boom"):
        worker.ask("step", 10.0)
    assert worker.ask("step", 10.0, number=2) == {"seconds": 1}
    with pytest.raises(WorkerError, match=r"(?s)'step' within 0.5 s; .*log.*'number': 2"):
        worker.ask("step", 0.5)
    worker.close()
    worker.close()


def test_the_descriptors_of_a_worker_are_closed(start: Callable[..., WorkerProcess]) -> None:
    folder = Path(f"/proc/{os.getpid()}/fd")
    before = len(list(folder.iterdir()))
    with pytest.raises(WorkerError):
        start("sys.exit(1)")
    assert len(list(folder.iterdir())) <= before + 1  # the test's own


def test_who_says_goodbye_and_stays_is_ended(
    start: Callable[..., WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spawnnet_sim.isaacgym.worker_process._GOODBYE", 0.5)
    worker = start(
        'channel.send({"protocol": 1})\nchannel.receive()\nchannel.send({})\ntime.sleep(60)'
    )
    worker.close()
    assert not Path(f"/proc/{worker.pid}").exists()
