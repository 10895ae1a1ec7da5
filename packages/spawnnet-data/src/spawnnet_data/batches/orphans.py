"""Worker processes that do not outlive the one that reads batches from them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import wait

_INTERVAL = 1.0  # seconds


def end_with_parent(_: int = 0) -> None:
    """Let this worker process end within seconds once its parent is gone.

    Workers are children of a fork server, which in turn lives as long as they do; so only the
    pipe that the parent holds open tells that it was killed.

    Args:
        _: The worker's number, as loaders pass it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    started_by = os.getppid()
    while not wait([sentinel], _INTERVAL) and os.getppid() == started_by:
        pass
    os._exit(1)
