"""How a command is ended from outside: Ctrl-C, SIGTERM, or the end of what started it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from spawnnet_data.tools.interruption import exit_status, terminable
from spawnnet_jobs.parent import PARENT, end_with_parent

_TORCHRUN = "TORCHELASTIC_RUN_ID"  # what torchrun starts ends with it


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
            if _TORCHRUN in os.environ:
                os.environ.setdefault(PARENT, str(os.getppid()))
            end_with_parent()  # it may be gone already, so what follows is covered too
            yield
    except KeyboardInterrupt as interruption:
        raise SystemExit(exit_status(interruption)) from None
