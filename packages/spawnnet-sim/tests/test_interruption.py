"""Commands that are ended from outside, or by the disk, leave nothing that is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spawnnet_sim.interruption import Terminated, exit_status, terminable

# Recording says when an episode is open; it would go on for ever.
PROGRAM = """
import signal, sys, time
from spawnnet_sim.cli import app
from spawnnet_sim.tools.episode_file import EpisodeWriter
signal.signal(signal.SIGINT, signal.default_int_handler)
write = EpisodeWriter.write
def slow(self, step, row):
    write(self, step, row)
    print("writes", flush=True)
    time.sleep(600)
EpisodeWriter.write = slow
app(["record", "--out", sys.argv[1], "--episodes", "1", "--num-cabinets", "1",
     "--set", "cameras.views=[]"])
"""


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_recording_that_is_ended_leaves_no_unfinished_file(
    tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    while "writes" not in line:
        assert process.poll() is None
        line = process.stdout.readline()
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in errors
    assert "Interrupted: run the same command again to go on." in errors
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_signal_is_what_it_was_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), terminable():
        signal.raise_signal(signal.SIGTERM)
    assert exit_status(Terminated()) == 143
    assert exit_status(KeyboardInterrupt()) == 130
    assert signal.getsignal(signal.SIGTERM) == before
