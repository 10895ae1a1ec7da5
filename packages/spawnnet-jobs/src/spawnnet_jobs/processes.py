"""Runs as processes of their own."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, final

from spawnnet_jobs.parent import PARENT

Process = subprocess.Popen[bytes]


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

    @property
    def are_ended(self) -> bool:
        """Whether `end` was called."""
        return self._is_over

    def end(self) -> None:
        """Let those that go on end as after Ctrl-C, and start no more."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.terminate()
