"""How often the student succeeds alone, split by split and cabinet by cabinet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from spawnnet_record.report.intervals import Interval, IntervalChart, interval_chart
from spawnnet_record.report.numbers import number, percent
from spawnnet_record.report.scale import Scale

_ALL = "all"
_COLUMNS = ("grasped", "closest", "opened")
_ERROR = re.compile(r"(.+)_error_(\w+)")
_UNITS = {"closest": "closest, cm", "opened": "opened, m or rad"}


class Cabinet(NamedTuple):
    """What the student did with one cabinet."""

    name: str
    rate: float
    text: str


class Success(NamedTuple):
    """Everything of an evaluation.

    Attributes:
        chart: Success rates of splits.
        header: Of the table of progress and localisation.
        rows: Of it, a split each.
        cabinets: By split.
    """

    chart: IntervalChart
    header: list[str]
    rows: list[list[str]]
    cabinets: dict[str, list[Cabinet]]


def success_of(rows: Sequence[Mapping[str, str]]) -> Success | None:
    """Return what a page shows of the rows of a `summary.csv`; None of no rows."""
    splits = [row for row in rows if row["cabinet"] == _ALL]
    if not splits:
        return None
    errors = [name for name in splits[0] if _ERROR.fullmatch(name)]
    columns = [name for name in _COLUMNS if name in splits[0]]
    header = ["cabinets", *(_UNITS.get(n, n) for n in columns), *map(_error_title, errors)]
    table = [
        [_words(row["split"]), *(_cell(n, row[n]) for n in columns), *(row[n] for n in errors)]
        for row in splits
    ]
    chart = interval_chart("success of the student alone", list(map(interval_of, splits)), UNIT)
    by_split: dict[str, list[Cabinet]] = {}
    for row in rows:
        if row["cabinet"] != _ALL:
            by_split.setdefault(_words(row["split"]), []).append(_cabinet(row))
    return Success(chart, header, table, by_split)


UNIT = Scale(0.0, 1.0)
"""The axis of success rates."""


def interval_of(row: Mapping[str, str]) -> Interval:
    """Return the success rate in a row, with its interval."""
    rate, low, high = (float(row[name]) for name in ("rate", "low", "high"))
    counts = f"{row['successes']} of {row['episodes']}"
    return Interval(_words(row["split"]), rate, low, high, f"{percent(rate)}, {counts}")


def _cabinet(row: Mapping[str, str]) -> Cabinet:
    return Cabinet(row["cabinet"], float(row["rate"]), f"{row['successes']} of {row['episodes']}")


def _cell(name: str, text: str) -> str:
    value = float(text)
    if name == "grasped":
        return percent(value)
    return number(100 * value) if name == "closest" else f"{value:.3f}"


def _error_title(name: str) -> str:
    quantity, unit = _ERROR.fullmatch(name).groups()  # type: ignore[union-attr]
    return f"{_words(quantity)} error, {unit}"


def _words(name: str) -> str:
    return name.replace("_", " ")
