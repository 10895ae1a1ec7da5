"""The page about a sweep, from the tables and the runs in its folder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spawnnet_record.errors import RecordError
from spawnnet_record.files import read_csv, reading
from spawnnet_record.report.comparison_page import Member, Section, Table, write_comparison_page
from spawnnet_record.report.intervals import Interval, interval_chart
from spawnnet_record.report.numbers import number, percent
from spawnnet_record.report.success import UNIT
from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_record.run_state import FAILED

RUNS, SETTINGS, PAGE = "sweep.csv", "sweep_settings.csv", "report.html"
"""Files of a sweep: a row per run, a row per setting and metric over its seeds, and the page."""
_SEED = "seed"
_NOTE = """\
Each line is a setting, over its seeds: the dot is their mean, small strokes are the seeds, and the
bar is a 95 % interval, of all episodes together for success rates (Wilson), else of the mean over
seeds (Student's t)."""

Row = Mapping[str, str]


def is_sweep(folder: Path) -> bool:
    """Return whether a folder is one of a sweep."""
    return (folder / SETTINGS).is_file()


def write_sweep_page(folder: Path) -> Path:
    """Write `report.html` of a sweep and return it.

    Raises:
        RecordError: If there is no sweep, or its tables are damaged.
    """
    if not is_sweep(folder):
        raise RecordError("", f"{folder}: no sweep, it has no {SETTINGS}.")
    settings, runs = read_csv(folder / SETTINGS), read_csv(folder / RUNS)
    names = _names(settings)
    with reading(folder / SETTINGS):
        section = _section(settings, runs, names)
    title = f"{folder.resolve().parent.name}, a sweep"
    members = list(_members(folder, [*names, *([_SEED] if runs and _SEED in runs[0] else [])]))
    write_comparison_page(folder / PAGE, title, [section], note=_NOTE, members=members)
    return folder / PAGE


def _section(settings: Sequence[Row], runs: Sequence[Row], names: Sequence[str]) -> Section:
    metrics = list(dict.fromkeys(row["metric"] for row in settings))
    charts = [
        interval_chart(
            metric,
            list(_intervals([row for row in settings if row["metric"] == metric], runs, names)),
            UNIT if metric.startswith("success/") else None,
        )
        for metric in metrics
    ]
    return Section("Settings over seeds", "", charts, _table(settings, names, metrics))


def _names(settings: Sequence[Row]) -> list[str]:
    """Return the settings that differ, but for the seed: the columns before that of the metric."""
    header = list(settings[0]) if settings else []
    return header[: header.index("metric")] if "metric" in header else []


def _label(row: Row, names: Sequence[str]) -> str:
    return ", ".join(f"{name.rpartition('.')[2]} {row[name]}" for name in names) or "all runs"


def _intervals(
    rows: Sequence[Row], runs: Sequence[Row], names: Sequence[str]
) -> Iterator[Interval]:
    for row in rows:
        metric, mean = row["metric"], float(row["mean"])
        same = [run for run in runs if all(run[name] == row[name] for name in names)]
        values = [float(run[metric]) for run in same if run.get(metric)]
        low, high = row["pooled_low"] or row["low"], row["pooled_high"] or row["high"]
        text = f"{percent(mean)}, {row['pooled']}" if row["pooled"] else ""
        reach = (float(low), float(high)) if low and high else (math.nan, math.nan)
        yield Interval(_label(row, names), mean, *reach, text, values if len(values) > 1 else ())


def _table(settings: Sequence[Row], names: Sequence[str], metrics: Sequence[str]) -> Table:
    by_setting: dict[tuple[str, ...], dict[str, str]] = {}
    for row in settings:
        cells = by_setting.setdefault(tuple(row[name] for name in names), {})
        mean, low, high = row["mean"], row["low"], row["high"]
        reach = f" ({number(float(low))} to {number(float(high))})" if low else ""
        cells[row["metric"]] = f"{number(float(mean))}{reach}"
    rows = [
        [*setting, *(cells.get(metric, "") for metric in metrics)]
        for setting, cells in by_setting.items()
    ]
    return Table([*names, *metrics], rows)


def _members(folder: Path, names: Sequence[str]) -> Iterator[Member]:
    """Yield the runs of a sweep; one that left no folder of its own has failed early."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        if runs := find_runs(place):
            yield _member(folder, runs[-1], names)
        else:
            yield Member(place.name, FAILED, f"see {place.name}/log.txt")


def _member(folder: Path, run: RunRecord, names: Sequence[str]) -> Member:
    settings, state = run.settings(), run.state()
    name = ", ".join(f"{name} {_at(settings, name)}" for name in names)
    report = run.directory.report
    page = str(report.relative_to(folder)) if report.is_file() else ""
    return Member(name or run.directory.path.name, state.name, state.reason, page)


def _at(settings: Any, path: str) -> Any:
    for key in path.split("."):
        settings = settings.get(key, "") if isinstance(settings, Mapping) else ""
    return settings
