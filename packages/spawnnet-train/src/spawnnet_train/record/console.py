"""What a run tells the person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, final

from rich import box
from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from spawnnet_train.rollouts.evaluation import SummaryRow
from spawnnet_train.rollouts.statistics import Rate


class RoundReport(NamedTuple):
    """One row of the table of rounds."""

    round_index: int
    expert_share: float
    rollout: Rate
    """Success of the rollouts in which the data were collected, whoever acted."""
    loss: float
    lr: float
    steps: int
    """Steps in the replay buffer."""
    seconds: float
    evaluation: Rate | None
    """Success of the student alone on the training cabinets, where it was measured."""


@final
class Console:
    """Header, progress bars, a table row per round, and a last block with results and paths."""

    def __init__(self, console: RichConsole | None = None) -> None:
        self._console = console or RichConsole(highlight=False)

    def header(self, title: str, facts: Mapping[str, str]) -> None:
        """Show what is about to run."""
        table = Table(title=title, title_justify="left", show_header=False, box=box.SIMPLE)
        for name, value in facts.items():
            table.add_row(name, value)
        self._console.print(table)

    def notice(self, text: str) -> None:
        """Show a sentence that a user should not miss."""
        self._console.print(f"[yellow]{text}[/yellow]", soft_wrap=True)

    @contextmanager
    def progress(self, description: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar with a time estimate; the value of the context advances it by one."""
        columns = (
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        is_quiet = not self._console.is_terminal  # a log file gets no bars
        with Progress(
            *columns, console=self._console, transient=True, disable=is_quiet
        ) as progress:
            task = progress.add_task(description, total=total)
            yield lambda: progress.advance(task)

    def round(self, report: RoundReport) -> None:
        """Show the result of one round as a row below those of the rounds before."""
        self.row(_round_cells(report), is_first=report.round_index == 0)

    def row(self, cells: Mapping[str, str], *, is_first: bool) -> None:
        """Show one row of a table that grows as the run goes on, below its title at first."""
        table = Table(box=None, show_header=is_first, padding=(0, 1, 0, 0))
        for name in cells:
            table.add_column(name, justify="right", width=max(9, len(name)), no_wrap=True)
        table.add_row(*cells.values())
        self._console.print(table)

    def results(self, rows: Iterable[SummaryRow]) -> None:
        """Show success rates."""
        table = Table(title="Student alone", title_justify="left", box=box.SIMPLE)
        for name in ("cabinets", "success", "rate", "95 % interval"):
            table.add_column(name, justify="left" if name == "cabinets" else "right")
        for row in rows:
            rate = row.rate
            name = f"[bold]{row.split}[/bold]" if row.cabinet == "all" else f"  {row.cabinet}"
            table.add_row(
                name,
                f"{rate.successes}/{rate.episodes}",
                f"{rate.rate:.0%}",
                f"{rate.low:.0%} to {rate.high:.0%}",
            )
        self._console.print(table)

    def paths(self, title: str, paths: Mapping[str, Path | str]) -> None:
        """Show where to look, each path on one line, so that it can be copied."""
        self._console.print(f"[italic]{title}[/italic]")
        width = max(map(len, paths))
        for name, path in paths.items():
            self._console.print(f"  {name:<{width}}  {path}", soft_wrap=True)


def _round_cells(report: RoundReport) -> dict[str, str]:
    evaluation = report.evaluation
    return {
        "round": "warm-up" if report.round_index == 0 else str(report.round_index),
        "beta": f"{report.expert_share:.0%}",
        "rollouts": f"{report.rollout.successes}/{report.rollout.episodes}",
        "loss": f"{report.loss:.5f}",
        "lr": f"{report.lr:.1e}",
        "steps": str(report.steps),
        "seconds": f"{report.seconds:.0f}",
        "alone": f"{evaluation.successes}/{evaluation.episodes}" if evaluation else "",
    }
