"""What a run tells the person at the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import final

from rich import box
from rich.cells import cell_len
from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from spawnnet_jobs.terminal.json_lines import json_line
from spawnnet_record.report.numbers import duration

_WIDE = 80  # columns of a terminal from which on everything has room
_CELL = 9  # columns of a cell, at least
_MINUTE = 60.0


@final
class Console:
    """Header, progress bars, a table row per period, and a last block with results and paths.

    Args:
        console: Where it is shown; by default at the terminal.
        as_json: Whether tables are lines of JSON on the standard output, for programs; everything
            else is on the standard error then.
    """

    def __init__(self, console: RichConsole | None = None, *, as_json: bool = False) -> None:
        self._console = console or RichConsole(highlight=False, emoji=False, stderr=as_json)
        self._as_json = as_json
        self._seconds_left: Callable[[], float | None] = lambda: None

    def header(self, title: str, facts: Mapping[str, str]) -> None:
        """Show what is about to run."""
        # Not the table's own title, which would be wrapped, and the path in it could not be copied.
        self._console.print(title, style="italic", markup=False, soft_wrap=True)
        table = Table(show_header=False, box=box.SIMPLE)
        for name, value in facts.items():
            table.add_row(escape(name), escape(value))
        self._console.print(table)

    def notice(self, text: str) -> None:
        """Show a sentence that a user should not miss."""
        self._console.print(text, style="yellow", markup=False, soft_wrap=True)

    @contextmanager
    def progress(self, description: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar with time estimates; the value of the context advances it by one.

        A log file gets a line a minute instead.
        """
        if not self._console.is_terminal:
            yield self._logged_progress(description, total)
            return
        width = self._console.width
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(max(4, min(40, width - 60))),
            MofNCompleteColumn(),
            *((TimeElapsedColumn(),) if width >= _WIDE else ()),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[run]}"),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(description, total=total, run=self._run_left())
            yield lambda: progress.update(task, advance=1, run=self._run_left())

    def estimate_by(self, seconds_left: Callable[[], float | None]) -> None:
        """Show beside every bar how long the whole run will still take.

        Args:
            seconds_left: Asked at each step; None where nothing is known.
        """
        self._seconds_left = seconds_left

    def _run_left(self) -> str:
        seconds = self._seconds_left()
        return "" if seconds is None else f"run {duration(seconds)}"

    def _logged_progress(self, description: str, total: int) -> Callable[[], None]:
        """Return what counts a step and prints a line when a minute has passed."""
        start = shown = time.monotonic()
        done = 0

        def advance() -> None:
            nonlocal done, shown
            done, now = done + 1, time.monotonic()
            if now - shown < _MINUTE:
                return
            shown = now
            left = duration((now - start) * (total - done) / done)
            text = f"{description}: {done}/{total}, {left} left"
            parts = (text, f"{run} left" if (run := self._run_left()) else "")
            self._console.print("; ".join(filter(None, parts)), soft_wrap=True, markup=False)

        return advance

    @contextmanager
    def lines(self, titles: Sequence[str]) -> Iterator[list[Callable[[str], None]]]:
        """Show a line for each of several things that go on at once.

        The value of the context are functions, one per line, which say how it stands. A log file
        gets a line whenever the first word of that changes.
        """
        if not self._console.is_terminal:
            yield [self._logged(title) for title in titles]
            return
        texts = ("{task.description}", "{task.fields[status]}")
        columns = [TextColumn(text, markup=False) for text in texts]
        with Progress(*columns, TimeElapsedColumn(), console=self._console) as progress:
            tasks = [progress.add_task(title, status="waits", start=False) for title in titles]

            def show(task: TaskID, status: str) -> None:
                if status == "started":
                    progress.start_task(task)
                if status.startswith(("finished", "failed", "stopped")):
                    progress.stop_task(task)
                progress.update(task, status=status)

            yield [partial(show, task) for task in tasks]

    def _logged(self, title: str) -> Callable[[str], None]:
        shown: list[str] = []

        def show(status: str) -> None:
            word = "runs" if status[0].isdigit() else status.partition(" ")[0]
            if word not in [*shown, "runs", "starting"]:
                shown.append(word)
                self._console.print(f"{title}: {status}", soft_wrap=True, markup=False)

        return show

    def row(self, cells: Mapping[str, str], *, is_first: bool) -> None:
        """Show one row of a table that grows as the run goes on, below its title at first.

        Where the terminal is too narrow for that, every cell stands beside its title.
        """
        widths = [max(_CELL, len(name), len(value)) for name, value in cells.items()]
        if sum(widths) + len(widths) > self._console.width:
            pairs = (f"{name} {value}" for name, value in cells.items() if value)
            self._console.print("  ".join(pairs), markup=False)
            return
        table = Table(box=None, show_header=is_first, padding=(0, 1, 0, 0))
        for name, width in zip(cells, widths, strict=True):
            table.add_column(name, justify="right", width=width, no_wrap=True)
        table.add_row(*cells.values())
        self._console.print(table)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        is_text: bool = False,
    ) -> None:
        """Show a table whose first column is text and whose others are numbers, or text too.

        Args:
            title: Of the table.
            columns: Their names.
            rows: Cells; Rich's markup in them counts unless all are text. A column of numbers
                without any is not shown.
            is_text: Whether all columns are text.
        """
        texts = [list(row) for row in rows]
        rows = [[escape(cell) if is_text else cell for cell in row] for row in texts]
        if self._as_json:
            sys.stdout.write(f"{json_line(title, columns, rows)}\n")
            return
        is_narrow = self._console.width < _WIDE
        look = None if is_narrow else box.SIMPLE
        table = Table(title=escape(title), title_justify="left", box=look)
        shown = [i for i in range(len(columns)) if is_text or not rows or any(r[i] for r in rows)]
        for index in shown:
            name = columns[index]
            if index and not is_text:
                table.add_column(name, justify="right")
            else:
                is_whole = is_text and index == 0 and self._is_less_than_half(name, texts)
                ratio = 1 if is_narrow else None
                table.add_column(name, overflow="fold", ratio=ratio, no_wrap=is_whole)
        for row in rows:
            table.add_row(*(row[index] for index in shown))
        self._console.print(table)

    def _is_less_than_half(self, name: str, rows: Sequence[Sequence[str]]) -> bool:
        """Return whether a first column has room beside the others without being wrapped."""
        widest = max(cell_len(text) for text in (name, *(row[0] for row in rows)))
        return 2 * widest < self._console.width

    def paths(self, title: str, paths: Mapping[str, Path | str]) -> None:
        """Show names and where to look, each on one line, so that paths can be copied.

        Text is shown as it is; a `Path` where nothing lies is left out.
        """
        shown = {n: p for n, p in paths.items() if isinstance(p, str) or p.exists()}
        self._console.print(title, style="italic", markup=False, soft_wrap=True)
        width = max(map(len, shown), default=0)
        for name, path in shown.items():
            self._console.print(f"  {name:<{width}}  {path}", markup=False, soft_wrap=True)
