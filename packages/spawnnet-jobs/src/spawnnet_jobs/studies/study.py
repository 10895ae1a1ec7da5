"""Run the cells of a folder of plans, each once, and keep one report up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spawnnet_config import ConfigError
from spawnnet_jobs.processes import Processes
from spawnnet_jobs.program import Program, Screen
from spawnnet_jobs.studies.cell import Cell
from spawnnet_jobs.studies.plan import cells_of, read_plans
from spawnnet_jobs.studies.report import Studied, write_report

_PLAN = "plan"  # as an axis of all cells


def run_study(
    program: Program, folder: Path, where: Sequence[str] = (), *, jobs: int = 1, screen: Screen
) -> Path:
    """Run every cell that has no result yet, plan after plan, and return the report.

    Args:
        program: What runs.
        folder: Holds the plans.
        where: `axis=value,value` each: of plans with such an axis, run these cells alone; `plan`
            is one, too. The report has all cells.
        jobs: Runs at a time, each a process of its own.
        screen: Shows a line for each cell.

    Raises:
        ConfigError: If a cell of any plan cannot be run; none has been started by then. Or at the
            end, if cells have failed: all others have run.
    """
    studied = _cells(program, folder)
    chosen = _chosen(studied, dict(map(_wanted, where)))
    report = write_report(studied)
    failures, processes = [], Processes()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            cells = pool.map(lambda cell: _run(cell, program, processes), chosen)
            for number, cell in enumerate(cells, start=1):
                has_failed = cell.record() is None
                if has_failed:
                    failures.append(f"{cell.name}: failed, see {cell.place / 'log.txt'}.")
                outcome = "failed" if has_failed else "done"
                row = {"of": f"{number}/{len(chosen)}", "outcome": outcome, "cell": cell.name}
                screen.row(row, is_first=number == 1)
                report = write_report(studied)
        except BaseException:  # Ctrl-C, too
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    if failures:
        raise ConfigError(failures)
    return report


def report_study(program: Program, folder: Path) -> Path:
    """Write the report of what has run of the plans in a folder, and return its page.

    Raises:
        ConfigError: If the folder holds no plans.
    """
    return write_report(_cells(program, folder)).with_name("report.html")


def _cells(program: Program, folder: Path) -> Studied:
    plans = read_plans(program, folder)
    return {name: (plan, cells_of(program, folder, plan)) for name, plan in plans.items()}


def _run(cell: Cell, program: Program, processes: Processes) -> Cell:
    cell.run(program.command, processes)
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
