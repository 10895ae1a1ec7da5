"""What long work tells the person who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Reporter(Protocol):
    """Shows progress; `Console` is one."""

    def progress(self, description: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show a bar with a time estimate; the value of the context advances it by one."""
