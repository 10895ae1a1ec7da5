"""Runs as processes of their own, found again by what decides them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, final

from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_train.runs.loading import dump_yaml
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.terminal.interruption import PARENT

COMMAND = (sys.executable, "-m", "spawnnet_train")
Process = subprocess.Popen[bytes]


def identity(config: RunConfig) -> str:
    """Return a name that no other settings have."""
    return hashlib.sha256(dump_yaml(config).encode()).hexdigest()[:12]


def finished_run(place: Path) -> RunRecord | None:
    """Return the last finished run below `place`; None if none is finished."""
    finished = [run for run in find_runs(place) if run.is_finished]
    return finished[-1] if finished else None


@final
class Processes:
    """The runs that go on now. They end with this process, even if it is killed."""

    def __init__(self) -> None:
        self._lock, self._running, self._is_over = threading.Lock(), set[Process](), False

    @contextmanager
    def run(self, command: Sequence[str], log: IO[str]) -> Iterator[Process | None]:
        """Start a command; None once no more are to be started."""
        environment = {**os.environ, PARENT: str(os.getpid())}
        with self._lock:
            if self._is_over:
                yield None
                return
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=environment
            )
            self._running.add(process)
        yield process
        with self._lock:
            self._running.discard(process)

    def end(self) -> None:
        """Let those that go on end as after Ctrl-C, and start no more."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.terminate()
