"""Run a grid of settings on this machine, each combination once, and compare the results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spawnnet_jobs.places import progress_of, run_to_do
from spawnnet_jobs.processes import Process, Processes
from spawnnet_jobs.program import Program, Screen
from spawnnet_jobs.sweeps.comparison import Comparison
from spawnnet_jobs.sweeps.planned import Combination, Sweep
from spawnnet_record.run_record import find_runs

_POLL = 2.0  # seconds from one look at a run to the next


def run_sweep(
    program: Program, config: Path, grid: Sequence[str] = (), *, jobs: int = 1, screen: Screen
) -> Comparison:
    """Run every combination that has no result yet and compare all.

    Args:
        program: What runs.
        config: A YAML file; `sweep` in it is a grid.
        grid: `path=a,b,c` each, see `Sweep.planned`.
        jobs: Runs at a time, each a process of its own.
        screen: Shows a line for every run.

    Returns:
        What came out, see `Sweep.collect`. The output of a combination is in `sweep/<id>/log.txt`.

    Raises:
        ConfigError: If a combination cannot be run; none has been started by then.
    """
    sweep = Sweep.planned(program, config, grid)
    titles = [each.title for each in sweep.combinations]
    with screen.lines(titles) as lines, ThreadPoolExecutor(jobs) as pool:
        command, processes = [*program.command, "resume"], Processes()
        arguments = zip(sweep.combinations, lines, strict=True)
        try:
            list(pool.map(lambda each: _run(command, processes, *each), arguments))
        except BaseException:  # Ctrl-C, too
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    return sweep.collect()


def _run(
    command: Sequence[str],
    processes: Processes,
    combination: Combination,
    show: Callable[[str], None],
) -> None:
    """Run one combination and show how far it is, as long as it has no result."""
    if combination.outcome():
        show("was finished")
        return
    place = combination.place
    run = run_to_do(combination.settings, place)
    show("started")
    with (
        (place / "log.txt").open("w", encoding="utf-8") as log,
        processes.run([*command, str(run.path)], log) as process,
    ):
        while process is not None and _is_running(process):
            show(_progress(place))
    if combination.outcome() is not None:
        show(f"finished, {_progress(place)}")
    elif processes.are_ended:
        show("stopped, the same command goes on with it")
    else:
        show(f"failed, see {place / 'log.txt'}")


def _is_running(process: Process) -> bool:
    try:
        process.wait(_POLL)
    except subprocess.TimeoutExpired:
        return True
    return False


def _progress(place: Path) -> str:
    """Return how far the newest run below `place` has come."""
    runs = find_runs(place)
    return (progress_of(runs[-1]) if runs else "") or "starting"
