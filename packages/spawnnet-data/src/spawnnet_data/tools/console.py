"""What commands print: lines and tables that are neither cropped nor broken, and progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.measure import Measurement
from rich.progress import track as rich_track
from rich.table import Table

from spawnnet_data.common.errors import printable

T = TypeVar("T")


def make_console(*, is_error: bool = False) -> Console:
    """Return a console for text of files: `:mask:` in it is no emoji and `[red]` no colour.

    Args:
        is_error: Whether it writes to the standard error.
    """
    return Console(soft_wrap=True, emoji=False, markup=False, highlight=False, stderr=is_error)


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print one line, control characters escaped."""
    console.print(printable(text), style=style)


def print_table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as wide as it is, wherever it goes: cropped keys are of no use."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(printable, row))
    unlimited = console.options.update(max_width=10_000)
    usual = console.width
    console.width = max(usual, Measurement.get(console, unlimited, table).maximum)
    try:
        console.print(table, crop=False)
    finally:
        console.width = usual


def json_line(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as one line of JSON with `title` and `rows`, each an object by column."""
    table = {"title": title, "rows": [dict(zip(columns, row, strict=True)) for row in rows]}
    return json.dumps(table, ensure_ascii=False)


def write_json_line(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table to the standard output, see `json_line`."""
    sys.stdout.write(f"{json_line(title, columns, rows)}\n")


def track(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Yield the items and show progress on stderr, so that the output can be redirected."""
    console = Console(stderr=True)
    is_hidden = not console.is_terminal
    yield from rich_track(
        items, what, total=total, console=console, transient=True, disable=is_hidden
    )
