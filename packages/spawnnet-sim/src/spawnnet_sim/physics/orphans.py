"""Processes that do not outlive the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import wait

_INTERVAL = 1.0  # seconds


def end_with_parent() -> None:
    """Let this worker process end within seconds once its parent is gone, whatever it does then.

    A parent that was killed ends nobody. The pipe that `multiprocessing` holds open to it tells,
    and where other processes have inherited the pipe's other end, the number of the parent does.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    started_by = os.getppid()
    while not wait([sentinel], _INTERVAL) and os.getppid() == started_by:
        pass
    os._exit(1)
