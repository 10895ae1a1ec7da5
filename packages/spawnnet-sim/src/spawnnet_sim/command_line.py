"""What the commands have in common: errors in one line, and progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from spawnnet_sim.errors import ConfigurationError


@contextmanager
def errors(goes_on: bool = False) -> Iterator[None]:
    """Report what a user's settings or machine cause in one line, with exit status 2.

    Args:
        goes_on: Whether the command, run again, goes on where it was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        hint = ": run the same command again to go on" if goes_on else ""
        Console(stderr=True).print(f"Interrupted{hint}.", soft_wrap=True)
        raise typer.Exit(130) from None
    except ConfigurationError as error:
        message = f"[red]Error:[/] {escape(str(error))}"  # names of extras look like markup
        Console(stderr=True).print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(2) from error


@contextmanager
def progress(console: Console, title: str, total: int) -> Iterator[Advance]:
    """Show a bar with a time estimate; the value of the context advances it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        yield Advance(bars, total, title)


class Advance:
    """Moves a progress bar by one at every call."""

    def __init__(self, progress: Progress, total: int, title: str) -> None:
        self._progress = progress
        self._bar = progress.add_task(title, total=total)

    def __call__(self) -> None:
        """Move on by one."""
        self._progress.advance(self._bar)

    def show(self, title: str, completed: int) -> None:
        """Show a title and how much is completed."""
        self._progress.update(self._bar, description=title, completed=completed)
