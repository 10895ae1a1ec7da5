"""One process at a time in a run directory."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from spawnnet_record.errors import RecordError
from spawnnet_record.file_lock import lock
from spawnnet_record.run_directory import RunDirectory


@contextmanager
def running(run: RunDirectory) -> Iterator[None]:
    """Hold a run directory as long as this process trains in it.

    The system lets go of it when the process ends, however it does.

    Raises:
        RecordError: If another process trains in it.
    """
    with run.lock.open("a+", encoding="utf-8") as file:
        if not lock(file, wait=False):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            message = f"is still running, process {holder}: wait for it or end it first."
            raise RecordError("", f"{run.path}: {message}")
        file.truncate(0)
        file.write(f"{os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield


def is_held(run: RunDirectory) -> bool:
    """Return whether a process trains in a run directory now."""
    if not run.lock.is_file():
        return False
    with run.lock.open(encoding="utf-8") as file:  # letting go of it at the end
        return not lock(file, wait=False)
