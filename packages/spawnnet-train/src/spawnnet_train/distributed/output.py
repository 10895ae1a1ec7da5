"""Where a process says something: the first at the terminal, the others into files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console as RichConsole

from spawnnet_jobs.ranks import is_first, rank
from spawnnet_train.terminal.console import Console


def process_console() -> Console:
    """Return the console of this process, on which only that of the first one shows anything."""
    return Console() if is_first() else Console(RichConsole(quiet=True))


@contextmanager
def logged(folder: Path) -> Iterator[Console]:
    """Let this process say into `folder/rank<i>.log` what it does, as long as the context lasts."""
    folder.mkdir(exist_ok=True)
    with (folder / f"rank{rank()}.log").open("a", encoding="utf-8", buffering=1) as file:
        handlers = [
            handler
            for handler in logging.getLogger().handlers
            if type(handler) is logging.StreamHandler
        ]
        before = [handler.setStream(file) for handler in handlers]
        try:
            yield Console(RichConsole(file=file, width=110))
        finally:
            for handler, stream in zip(handlers, before, strict=True):
                if stream is not None:
                    handler.setStream(stream)
