"""Run a grid of settings, each combination once, and compare the results."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spawnnet_jobs.places import finished_run, identity
from spawnnet_jobs.processes import Process, Processes
from spawnnet_jobs.program import Program, Screen
from spawnnet_jobs.sweeps.comparison import Comparison, Outcome
from spawnnet_jobs.sweeps.comparison_plot import write_comparison
from spawnnet_jobs.sweeps.grid import combinations
from spawnnet_record.files import write_csv
from spawnnet_record.report import sweep_page
from spawnnet_record.run_record import find_runs

_POLL = 2.0  # seconds from one look at a run to the next


def run_sweep(
    program: Program, config: Path, grid: Sequence[str] = (), *, jobs: int = 1, screen: Screen
) -> Comparison:
    """Run every combination that has no result yet and compare all.

    Args:
        program: What runs.
        config: A YAML file; `sweep` in it is a grid.
        grid: `path=a,b,c` each, see `combinations`.
        jobs: Runs at a time, each a process of its own.
        screen: Shows a line for every run.

    Returns:
        What came out, also in `report.html`, `sweep.csv`, `sweep_settings.csv` and `sweep.png` in
        the folder `sweep` of the experiment. A combination that failed has no results; its output
        is in `sweep/<id>/log.txt`.

    Raises:
        ConfigError: If a combination cannot be run; none has been started by then.
    """
    settings = {"experiment": config.stem, **program.read(config)}
    base = program.complete(settings)
    chosen = combinations(program, base, grid)
    folder = Path(base["output"]) / base["experiment"] / "sweep"
    combined = [program.complete(settings, overrides) for overrides in chosen]
    places = [folder / identity({**each, "sweep": {}}) for each in combined]
    titles = [" ".join(overrides) for overrides in chosen]
    with screen.lines(titles) as lines, ThreadPoolExecutor(jobs) as pool:
        command, processes = [*program.command, "run", str(config)], Processes()
        arguments = zip(chosen, places, lines, strict=True)
        try:
            list(pool.map(lambda each: _run(command, processes, *each), arguments))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    comparison = Comparison.of(chosen, [_outcome(place) for place in places])
    write_csv(folder / sweep_page.RUNS, *comparison.runs())
    write_csv(folder / sweep_page.SETTINGS, *comparison.settings())
    write_comparison(comparison, folder / "sweep.png")
    sweep_page.write_sweep_page(folder)
    return comparison


def _run(
    command: Sequence[str],
    processes: Processes,
    chosen: Sequence[str],
    place: Path,
    show: Callable[[str], None],
) -> None:
    """Run one combination and show how far it is, as long as it has no result."""
    if _outcome(place):
        show("was finished")
        return
    place.mkdir(parents=True, exist_ok=True)
    settings = [*chosen, f"output={json.dumps(str(place))}", "sweep={}"]
    overrides = [argument for setting in settings for argument in ("--set", setting)]
    show("started")
    with (
        (place / "log.txt").open("w", encoding="utf-8") as log,
        processes.run([*command, *overrides], log) as process,
    ):
        while process is not None and _is_running(process):
            show(_progress(place))
    show(f"finished, {_progress(place)}" if _outcome(place) else f"failed, see {place / 'log.txt'}")


def _is_running(process: Process) -> bool:
    try:
        process.wait(_POLL)
    except subprocess.TimeoutExpired:
        return True
    return False


def _progress(place: Path) -> str:
    """Return how far the newest run below `place` has come."""
    last: dict[str, Any] = {}
    for row in run[-1].metrics() if (run := find_runs(place)) else ():
        last |= row
    loss = last.get("train/loss", last.get("update/loss", float("nan")))
    return f"{last['update']} updates, loss {loss:.4g}" if last else "starting"


def _outcome(place: Path) -> Outcome | None:
    """Return what the last finished run below `place` came to; None if none is finished."""
    run = finished_run(place)
    return run and Outcome.of(run)
