"""Work that is done to its end before Ctrl-C or SIGTERM has an effect."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def postponed() -> Iterator[Sequence[int]]:
    """Let Ctrl-C, and SIGTERM where it is handled, wait for what is done within.

    The value of the context are the signals that have come so far.
    """
    if threading.current_thread() is not threading.main_thread():
        yield ()  # signals are handled elsewhere
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = {number: handler for number, handler in handlers.items() if callable(handler)}
    came: list[int] = []

    def remember(number: int, _: Any) -> None:
        came.append(number)

    for number in before:
        signal.signal(number, remember)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
