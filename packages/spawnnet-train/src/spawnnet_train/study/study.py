"""Run the cells of a folder of plans, each once, and keep one report up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.processes import Processes
from spawnnet_train.study.cell import Cell
from spawnnet_train.study.plan import cells_of, read_plans
from spawnnet_train.study.report import Studied, write_report
from spawnnet_train.terminal.console import Console

_PLAN = "plan"  # as an axis of all cells


def run_study(
    folder: Path, where: Sequence[str] = (), *, jobs: int = 1, console: Console | None = None
) -> Path:
    """Run every cell that has no result yet, plan after plan, and return the report.

    Args:
        folder: Holds the plans.
        where: `axis=value,value` each: of plans with such an axis, run these cells alone; `plan`
            is one, too. The report has all cells.
        jobs: Runs at a time, each a process of its own.
        console: Shows a line for each cell; by default at the terminal.

    Raises:
        ConfigError: If a cell of any plan cannot be run; none has been started by then. Or at the
            end, if cells have failed: all others have run.
    """
    console = console or Console()
    studied = {name: (plan, cells_of(folder, plan)) for name, plan in read_plans(folder).items()}
    chosen = _chosen(studied, dict(map(_wanted, where)))
    report = write_report(studied)
    failures, processes = [], Processes()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            cells = pool.map(lambda cell: _run(cell, processes), chosen)
            for number, cell in enumerate(cells, start=1):
                has_failed = cell.record() is None
                if has_failed:
                    failures.append(f"{cell.name}: failed, see {cell.place / 'log.txt'}.")
                outcome = "failed" if has_failed else "done"
                row = {"of": f"{number}/{len(chosen)}", "outcome": outcome, "cell": cell.name}
                console.row(row, is_first=number == 1)
                report = write_report(studied)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    if failures:
        raise ConfigError(failures)
    return report


def report_study(folder: Path) -> Path:
    """Write the report of what has run of the plans in a folder, and return its page.

    Raises:
        ConfigError: If the folder holds no plans.
    """
    plans = read_plans(folder)
    report = write_report({name: (plan, cells_of(folder, plan)) for name, plan in plans.items()})
    return report.with_name("report.html")


def _run(cell: Cell, processes: Processes) -> Cell:
    cell.run(processes)
    return cell


def _wanted(text: str) -> tuple[str, list[str]]:
    axis, equals, values = text.partition("=")
    if not equals:
        raise ConfigError([f"--where {text}: expected axis=value,value, such as task=drawer."])
    return axis, [value.strip() for value in values.split(",")]


def _chosen(studied: Studied, wanted: Mapping[str, Sequence[str]]) -> list[Cell]:
    """Return the cells to run, each once, in the order of the plans."""
    cells = [
        ({_PLAN: name, **cell.labels}, cell)
        for name, (_, of_plan) in studied.items()
        for cell in of_plan
    ]
    for axis, values in wanted.items():
        known = dict.fromkeys(labels[axis] for labels, _ in cells if axis in labels)
        for value in values:
            if value not in known:
                names = ", ".join(known) or "no such axis"
                raise ConfigError([f"--where {axis}={value}: is unknown, there is {names}."])
    found = {
        cell.place: cell
        for labels, cell in cells
        if all(labels[axis] in values for axis, values in wanted.items() if axis in labels)
    }
    return list(found.values())
