"""The report of a study: `study.md` with a figure for each plan, `report.html`, `cells.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spawnnet_jobs.studies.cell import Cell
from spawnnet_jobs.studies.charts import charts_of
from spawnnet_jobs.studies.figure import draw_plan
from spawnnet_jobs.studies.plan import Plan
from spawnnet_jobs.studies.results import Group, SplitResult, grouped, missing, rows_of
from spawnnet_record.extras import is_installed
from spawnnet_record.files import write_csv, write_text
from spawnnet_record.report.comparison_page import Section, Table, write_comparison_page

Studied = Mapping[str, tuple[Plan, Sequence[Cell]]]
_NOTE = """\
Success is "successes/episodes, rate (Wilson 95 % interval)" of all seeds together, then the rate of
each seed, since the interval does not know that students differ. Localisation is the median error
of the place of the handle, in cm, while the student acts and until its hand closes on the handle;
`privileged` says how it was learned (a probe leaves the student as it is). CPU minutes are the mean
of a cell, evaluation included; the first cell of each task and seed records the images for all, the
first of each kind of features computes those."""


def write_report(studied: Studied) -> Path:
    """Write what there is so far and return the path of the report.

    Args:
        studied: Each plan with all of its cells; those without a result are named as missing.
    """
    (first, *_) = (cells[0] for _, cells in studied.values())
    folder = first.place.parent.parent
    parts, sections = ["# Study", _NOTE], []
    for name, (plan, cells) in studied.items():
        groups = grouped(cells, plan.title)
        if is_installed("plots"):
            draw_plan(folder / f"{name}.png", groups)
        header, *rows = _table(plan, groups)
        absent = list(missing(cells))
        state = f"Not run: {'; '.join(absent)}." if absent else "All cells have run."
        parts += [f"## {plan.title}", plan.text.strip(), f"![{plan.title}]({name}.png)"]
        parts.append("\n".join(map(_line, [header, ["---"] * len(header), *rows])))
        parts.append(state)
        text = f"{plan.text.strip()}\n\n{state}"
        sections.append(Section(plan.title, text, list(charts_of(groups)), Table(header, rows)))
    write_text(folder / "study.md", "\n\n".join(filter(None, parts)) + "\n")
    write_comparison_page(folder / "report.html", "Study", sections, note=_NOTE)
    _write_cells(folder / "cells.csv", studied)
    return folder / "study.md"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(plan: Plan, groups: Sequence[Group]) -> list[list[str]]:
    splits = list(dict.fromkeys(split for group in groups for split in group.splits))
    axes = list(groups[0].labels)
    header = [*axes, *splits, *(f"{split}, localisation" for split in splits)]
    header += ["privileged", "CPU minutes"]
    rows = [_row(group, splits) for group in groups if group.num_finished]
    return [header, *rows]


def _row(group: Group, splits: Sequence[str]) -> list[str]:
    results = [group.splits.get(split) for split in splits]
    rates, errors = map(_rate, results), map(_error, results)
    kinds = ", ".join(sorted({result.privileged for result in group.splits.values()}))
    return [*group.labels.values(), *rates, *errors, kinds, f"{group.cpu_minutes:.1f}"]


def _error(result: SplitResult | None) -> str:
    return "" if result is None or result.handle_error is None else f"{result.handle_error:.1f}"


def _rate(result: SplitResult | None) -> str:
    if result is None:  # it was not evaluated there
        return ""
    rate = result.pooled
    text = f"{rate.successes}/{rate.episodes}, {rate.rate:.0%} ({rate.low:.0%} to {rate.high:.0%})"
    seeds = ", ".join(f"{one.rate:.0%}" for one in result.rates)
    return f"{text}; {seeds}" if len(result.rates) > 1 else text


def _write_cells(path: Path, studied: Studied) -> None:
    """Write a row for every split of every cell that has a result."""
    rows = [
        {"plan": name, "cell": cell.name, **row, "cpu_seconds": cell.cpu_seconds(), "run": run.path}
        for name, (_, cells) in studied.items()
        for cell in cells
        if (record := cell.record()) and (run := record.directory)
        for row in rows_of(cell)
    ]
    header = list(dict.fromkeys(key for row in rows for key in row))
    write_csv(path, header, ([row.get(key, "") for key in header] for row in rows))
