"""Processes that end with the one that started them, even if that is killed."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT = "SPAWNNET_PARENT"
"""Environment variable with the number of the process that this one is to end with."""


def end_with_parent() -> None:
    """Send this process SIGTERM once its parent is gone, where `PARENT` asks for that."""
    if PARENT in os.environ:
        parent = int(os.environ.pop(PARENT))  # not for the processes that this one starts
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
