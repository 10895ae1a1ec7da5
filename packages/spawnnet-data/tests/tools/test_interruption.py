"""Commands that are ended from outside leave nothing that is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from spawnnet_data.tools.interruption import Terminated, exit_status, terminable

# The first block of images is written, then the command waits for its end.
PROGRAM = """
import signal, sys, time
from spawnnet_data.cli import data_app
from spawnnet_data.reading.demonstrations import Demonstrations
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("rgb", "view_rgb"):
    read = getattr(Demonstrations, name)
    def slow(self, *arguments, read=read):
        print("writes", flush=True)
        time.sleep(600)
    setattr(Demonstrations, name, slow)
data_app(["convert", *sys.argv[1:]])
"""


@pytest.mark.parametrize(
    ("sent", "status", "to"),
    [
        (signal.SIGTERM, 143, "hdf5"),
        (signal.SIGTERM, 143, "robomimic"),
        (signal.SIGINT, 130, "lerobot"),
    ],
)
def test_a_conversion_that_is_ended_leaves_no_unfinished_file(
    tmp_path: Path, write: SimpleNamespace, sent: signal.Signals, status: int, to: str
) -> None:
    write.original(tmp_path / "in")
    arguments = [str(tmp_path / "in"), str(tmp_path / "out"), "--to", to, "--rate", "10"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writes\n"
    time.sleep(0.1)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert errors.strip().endswith("Interrupted.")
    left = [file.name for file in tmp_path.rglob("*") if "in" not in file.parts[-2:]]
    assert [name for name in left if name not in ("in", "out", "conversion.json")] == []


def test_a_signal_is_what_it_was_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), terminable():
        signal.raise_signal(signal.SIGTERM)
    assert exit_status(Terminated()) == 143
    assert exit_status(KeyboardInterrupt()) == 130
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_is_done_at_the_end_is_not_ended_by_the_signal_once_more() -> None:
    def end() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            done.append("all")

    done: list[str] = []
    with pytest.raises(Terminated), terminable():
        end()
    assert done == ["all"]
