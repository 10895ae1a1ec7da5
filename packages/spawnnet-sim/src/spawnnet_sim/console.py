"""What the commands show: bars while they work, tables, and errors in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from spawnnet_sim.errors import ConfigurationError, WorkerError
from spawnnet_sim.interruption import exit_status, terminable

console = Console()


@contextmanager
def one_sentence_errors(goes_on: bool = False) -> Iterator[None]:
    """Report what a user's settings or machine cause in one line, with exit status 2 or 1.

    Args:
        goes_on: Whether the command, run again, goes on where it was interrupted.
    """
    try:
        with terminable():
            yield
    except KeyboardInterrupt as interruption:
        hint = ": run the same command again to go on" if goes_on else ""
        Console(stderr=True).print(f"Interrupted{hint}.", soft_wrap=True)
        raise typer.Exit(exit_status(interruption)) from None
    except ConfigurationError as error:
        message = f"[red]Error:[/] {escape(str(error))}"  # names of extras look like markup
        Console(stderr=True).print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(2) from error
    except WorkerError as error:  # says what the worker said
        message = f"[red]Error:[/] {escape(str(error))}"
        Console(stderr=True).print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(1) from error
    except OSError as error:  # the disk is full, read-only or gone
        place = f"{error.filename}: " if error.filename else ""
        hint = "; what is complete is kept, the same command goes on" if goes_on else ""
        message = f"[red]Error:[/] {escape(f'{place}{error.strerror or error}{hint}')}."
        Console(stderr=True).print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(1) from error


def print_table(table: Table, title: str, *, as_json: bool) -> None:
    """Print a table, for programs as one line with `title` and `rows`, each an object by column."""
    if not as_json:
        console.print(table)
        return
    columns = [[Text.from_markup(str(cell)).plain for cell in c.cells] for c in table.columns]
    names = [str(column.header) for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    typer.echo(json.dumps({"title": title, "rows": rows}, ensure_ascii=False))


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """Show a bar of `total` steps under a title; it vanishes at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    with bars:
        yield Advance(bars, total, title)


class Advance:
    """Moves a progress bar by one at every call."""

    def __init__(self, progress: Progress, total: int, title: str) -> None:
        self._progress = progress
        self._bar = progress.add_task(title, total=total)

    def __call__(self) -> None:
        """Move on by one step."""
        self._progress.advance(self._bar)

    def show(self, title: str, completed: int) -> None:
        """Show a title and how much is completed."""
        self._progress.update(self._bar, description=title, completed=completed)
