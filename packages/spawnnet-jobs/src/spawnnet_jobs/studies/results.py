"""What the cells of a plan came to, cell by cell and with seeds taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import NamedTuple

from spawnnet_jobs.studies.cell import Cell
from spawnnet_jobs.studies.plan import SEED
from spawnnet_record.success_rate import Rate, pooled_rate, rate_of

HANDLE_ERROR = "handle_offset_error_cm"


class SplitResult(NamedTuple):
    """A student alone on one split.

    Attributes:
        rates: Of each seed.
        privileged: What was learned beside actions.
        handle_error: Median error of the handle's place, cm; None where nothing was predicted.
    """

    rates: tuple[Rate, ...]
    privileged: str
    handle_error: float | None

    @property
    def pooled(self) -> Rate:
        """All episodes of all seeds as one."""
        return pooled_rate(self.rates)


class Group(NamedTuple):
    """Cells that differ in the seed alone.

    Attributes:
        labels: Their values on the other axes; the title of the plan where there is none.
        num_cells: How many there should be.
        splits: What those that are finished came to, by split.
        cpu_minutes: Mean CPU time of those.
    """

    labels: Mapping[str, str]
    num_cells: int
    splits: Mapping[str, SplitResult]
    cpu_minutes: float

    @property
    def num_finished(self) -> int:
        """How many cells have a result."""
        return max((len(result.rates) for result in self.splits.values()), default=0)


def grouped(cells: Sequence[Cell], title: str) -> list[Group]:
    """Return the groups of a plan with a title, in the order of their first cells."""
    members: dict[tuple[tuple[str, str], ...], list[Cell]] = {}
    for cell in cells:
        key = tuple((axis, value) for axis, value in cell.labels.items() if axis != SEED)
        members.setdefault(key, []).append(cell)
    return [_group(dict(key) or {"plan": title}, of_group) for key, of_group in members.items()]


def rows_of(cell: Cell) -> list[dict[str, str]]:
    """Return the rows of a finished cell's summary that are of whole splits."""
    record = cell.record()
    return [] if record is None else record.success_rates()


def _group(labels: Mapping[str, str], cells: Sequence[Cell]) -> Group:
    rows = [row for cell in cells for row in rows_of(cell)]
    order = list(dict.fromkeys(row["split"] for row in rows))
    rows.sort(key=lambda row: order.index(row["split"]))
    splits = {
        split: _result(list(of_split))
        for split, of_split in groupby(rows, key=lambda row: row["split"])
    }
    seconds = [cell.cpu_seconds() for cell in cells if cell.record() is not None]
    return Group(labels, len(cells), splits, sum(seconds) / 60 / max(1, len(seconds)))


def _result(rows: Sequence[Mapping[str, str]]) -> SplitResult:
    rates = tuple(map(rate_of, rows))
    errors = [float(row[HANDLE_ERROR]) for row in rows if row.get(HANDLE_ERROR)]
    kinds = ", ".join(sorted({row["privileged"] for row in rows}))
    return SplitResult(rates, kinds, median(errors) if errors else None)


def missing(cells: Iterable[Cell]) -> Iterator[str]:
    """Yield the names of cells that have no result."""
    return (cell.name for cell in cells if cell.record() is None)
