"""Jobs that train: one for a run, or an array for many."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.config import SlurmConfig
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.script import Job, script
from spawnnet_record.files import write_json, write_text

TRAIN = "train"


def training_job(
    command: Sequence[str], runs: Sequence[SubmittedRun], config: SlurmConfig, probe: str
) -> Job:
    """Return the job that trains a run, or one of several by the number of its task.

    Args:
        command: Starts the trainer.
        runs: Their `resume` begins them or goes on with them.
        config: What is asked of SLURM.
        probe: What nodes have to find in the directories of the runs.
    """
    watched = [command[0], "-m", "spawnnet_jobs.slurm.job", "--probe", probe]
    if config.processes > 1:
        watched += ["--processes", str(config.processes)]
    if config.requeue:
        watched.append("--requeue")
    paths = [run.directory.path for run in runs]
    words = [*watched, *map(str, paths), "--", *command, "resume"]
    return Job(f"{paths[0].parent.name}-{TRAIN}", words, runs[0].folder)


def submit_runs(
    command: Sequence[str],
    runs: Sequence[SubmittedRun],
    config: SlurmConfig,
    folder: Path,
    *,
    parallel: int | None = None,
) -> str:
    """Submit the training of runs as one array, and return its number.

    Args:
        command: Starts the trainer.
        runs: Prepared or stopped ones.
        config: What is asked of SLURM.
        folder: Gets script and output.
        parallel: Runs at a time; as many as there is room for if None.

    Raises:
        ConfigError: If SLURM refuses it.
    """
    job = training_job(command, runs, config, write_probe(runs))
    job = job._replace(folder=folder, tasks=len(runs), parallel=parallel)
    number = submit_job(job, config, folder / f"{TRAIN}.sh")
    for index, run in enumerate(runs):
        write_jobs(run, {TRAIN: f"{number}_{index}"}, config)
    return number


def write_probe(runs: Iterable[SubmittedRun]) -> str:
    """Write a new word into the directories of runs, by which nodes recognise them."""
    word = secrets.token_hex(8)
    for run in runs:
        run.write_probe(word)
    return word


def submit_job(job: Job, config: SlurmConfig, file: Path) -> str:
    """Write the script of a job, submit it and return its number.

    Raises:
        ConfigError: If SLURM refuses it.
    """
    write_text(file, script(job, config))
    return programs.submit(file)


def write_jobs(run: SubmittedRun, numbers: Mapping[str, str], config: SlurmConfig) -> None:
    """Write down which jobs a run has, by what they do, and what was asked for them."""
    asked = {name: value for name, value in asdict(config).items() if value}
    write_json(run.jobs_file, {"jobs": dict(numbers), "asked": asked})
