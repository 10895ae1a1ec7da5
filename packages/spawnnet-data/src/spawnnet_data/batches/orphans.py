"""Worker processes that do not outlive the one that reads batches from them."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.util import get_temp_dir

_INTERVAL = 1.0  # seconds


def end_with_parent(_: int = 0, *, folders: Sequence[str] = ()) -> None:
    """Let this worker process end within seconds once its parent is gone.

    Workers are children of a fork server, which in turn lives as long as they do; so only the
    pipe that the parent holds open tells that it was killed.

    Args:
        _: The worker's number, as loaders pass it.
        folders: What to remove then, besides the worker's own folder of sockets.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel, folders), daemon=True).start()


def _watch(sentinel: int, folders: Sequence[str]) -> None:
    started_by = os.getppid()
    while not wait([sentinel], _INTERVAL) and os.getppid() == started_by:
        pass
    for folder in (*folders, get_temp_dir()):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
