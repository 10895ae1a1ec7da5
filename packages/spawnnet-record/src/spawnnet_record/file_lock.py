"""Locks of files that the system lets go of when a process ends, however it does."""

from __future__ import annotations

import sys
from typing import IO

if sys.platform != "win32":
    import fcntl


def lock(file: IO[str], *, wait: bool) -> bool:
    """Return whether an open file is this process's now, until it is closed.

    Where there are no locks, on Windows and some file systems, it always is.

    Args:
        file: Open for reading or writing.
        wait: Whether to wait for another process that holds it.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
    return True
