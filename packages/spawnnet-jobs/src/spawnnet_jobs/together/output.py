"""Where a process says something: the first at the terminal, the others into files."""

from __future__ import annotations

import logging
from pathlib import Path

from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.together.ranks import is_first, rank


def process_console() -> Console:
    """Return the console of this process, on which only that of the first one shows anything."""
    return Console() if is_first() else Console(RichConsole(quiet=True))


def log_console(folder: Path) -> Console:
    """Let this process say into `folder/rank<i>.log` what it does, until it ends."""
    folder.mkdir(exist_ok=True)
    file = (folder / f"rank{rank()}.log").open("a", encoding="utf-8", buffering=1)
    logging.basicConfig(force=True, format="%(message)s", stream=file)
    return Console(RichConsole(file=file, width=110))
