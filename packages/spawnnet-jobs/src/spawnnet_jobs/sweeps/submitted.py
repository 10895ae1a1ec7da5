"""A sweep as an array of jobs on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_jobs.places import run_to_do
from spawnnet_jobs.program import Program
from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.config import slurm_config
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.script import script
from spawnnet_jobs.slurm.status import DAMAGED, WAITING, statuses
from spawnnet_jobs.slurm.training import submit_runs, training_job
from spawnnet_jobs.sweeps.planned import Combination, Sweep
from spawnnet_record.errors import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_state import RUNNING


class SubmittedSweep(NamedTuple):
    """What became of a sweep that was handed to SLURM.

    Attributes:
        job: Number of the array; None where nothing was left to do.
        submitted: How many combinations it has.
        output: Folder of what they say.
    """

    job: str | None
    submitted: int
    output: Path


def submit_sweep(
    program: Program,
    config: Path,
    grid: Sequence[str] = (),
    asked: Sequence[str] = (),
    *,
    parallel: int | None = None,
) -> SubmittedSweep:
    """Submit every combination that is neither finished nor in the queue as one array.

    Args:
        program: What runs.
        config: A YAML file; `sweep` in it is a grid.
        grid: `path=a,b,c` each, see `Sweep.planned`.
        asked: `option=value,...` each, on top of `slurm` in the file.
        parallel: Runs at a time; as many as there is room for if None.

    Raises:
        ConfigError: If a combination cannot be run, or SLURM refuses the array; nothing has been
            made by then.
    """
    programs.check_installed(f"{' '.join(program.command)} sweep")
    sweep = Sweep.planned(program, config, grid)
    slurm = slurm_config(sweep.settings.get("slurm"), asked)
    left, output = _left(sweep), sweep.folder / "slurm"
    if not left:
        return SubmittedSweep(None, 0, output)
    planned = [SubmittedRun(RunDirectory(each.place / "<run>")) for each in left]
    programs.check(script(training_job(program.command, planned, slurm, "<probe>"), slurm))
    runs = [SubmittedRun(run_to_do(each.settings, each.place)) for each in left]
    number = submit_runs(program.command, runs, slurm, output, parallel=parallel)
    return SubmittedSweep(number, len(runs), output)


def _left(sweep: Sweep) -> list[Combination]:
    """Return what is not finished and does not go on.

    Raises:
        RecordError: If a run is damaged, because it may go on.
    """
    found = statuses(sweep.folder) if sweep.folder.is_dir() else []
    if damaged := next((each for each in found if each.state == DAMAGED), None):
        raise RecordError("", damaged.note)
    going_on = [Path(each.run).resolve() for each in found if each.state in (WAITING, RUNNING)]
    busy = {parent for path in going_on for parent in path.parents}
    return [
        each
        for each in sweep.combinations
        if each.outcome() is None and each.place.resolve() not in busy
    ]
