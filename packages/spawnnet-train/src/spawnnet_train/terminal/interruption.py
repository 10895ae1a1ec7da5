"""How a command is ended from outside: Ctrl-C, SIGTERM, or the end of what started it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from spawnnet_data.tools.interruption import exit_status, terminable

PARENT = "SPAWNNET_TRAIN_PARENT"
"""Environment variable with the number of the process that this one is to end with."""

_TORCHRUN = "TORCHELASTIC_RUN_ID"


class InterruptibleGroup(TyperGroup):
    """Commands of which each can be interrupted, those of groups in it too."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with interruptible():
            return super().invoke(ctx)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, and end without a traceback after both.

    Raises:
        SystemExit: With the status of a command that was interrupted or terminated.
    """
    try:
        with terminable():
            if (parent := _parent()) is not None:
                threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
            yield
    except KeyboardInterrupt as interruption:
        raise SystemExit(exit_status(interruption)) from None


def _parent() -> int | None:
    """Return the process that this one is to end with, if there is one."""
    if PARENT in os.environ:  # it may be gone already, so what follows is covered too
        return int(os.environ.pop(PARENT))  # not for the processes that this one starts
    return os.getppid() if _TORCHRUN in os.environ else None


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
