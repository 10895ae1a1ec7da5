"""Runs handed to SLURM: their directories are made at once, and jobs train in them later."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from spawnnet_config.validation import dump_yaml
from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.config import SlurmConfig
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.script import Job, script
from spawnnet_record.files import write_json, write_text
from spawnnet_record.run_directory import RunDirectory

TRAIN, EVALUATE, MERGE = "train", "evaluate", "merge"


class Evaluation(NamedTuple):
    """An evaluation that follows the training, in jobs of its own.

    Attributes:
        chunks: Tasks over which the cabinets are divided.
        options: Further ones of `eval`.
    """

    chunks: int
    options: Sequence[str] = ()


def prepared_run(settings: Mapping[str, Any]) -> SubmittedRun:
    """Make the directory of a run that has not begun; `resume` begins it.

    Args:
        settings: Complete ones, `output` and `experiment` among them.
    """
    output = Path(settings["output"]).absolute()
    return SubmittedRun(
        RunDirectory.create(output, settings["experiment"], dump_yaml(settings), versions={})
    )


def scripts_of(
    command: Sequence[str],
    settings: Mapping[str, Any],
    config: SlurmConfig,
    evaluation: Evaluation | None = None,
) -> dict[str, str]:
    """Return the scripts that `submit_run` would submit, by what they do; nothing is made.

    Args:
        command: Starts the trainer.
        settings: Complete ones of the run.
        config: What is asked of SLURM.
        evaluation: What follows the training; None for nothing.
    """
    place = Path(settings["output"]).absolute() / settings["experiment"] / "<time>"
    run = SubmittedRun(RunDirectory(place))
    jobs = {TRAIN: _training(command, [run], config, run.folder, "<probe>")}
    jobs |= _evaluation_jobs(command, run, evaluation)
    waiting = {EVALUATE: f"<{TRAIN}>", MERGE: f"<{EVALUATE}>"}
    return {
        name: script(job._replace(after=waiting.get(name)), _asked(name, config))
        for name, job in jobs.items()
    }


def submit_run(
    command: Sequence[str],
    settings: Mapping[str, Any],
    config: SlurmConfig,
    evaluation: Evaluation | None = None,
) -> SubmittedRun:
    """Submit the training of a run, and the evaluation that follows it.

    Args:
        command: Starts the trainer.
        settings: Complete ones of the run.
        config: What is asked of SLURM.
        evaluation: What follows the training; None for nothing.

    Raises:
        ConfigError: If SLURM refuses a job; none of the run is in the queue then.
    """
    programs.check(scripts_of(command, settings, config)[TRAIN])  # before anything is made
    run = prepared_run(settings)
    probe = _write_probe([run])
    train = _training(command, [run], config, run.folder, probe)
    numbers = {TRAIN: _submit(train, config, run.folder / f"{TRAIN}.sh")}
    _write_jobs(run, numbers, config)
    try:
        for name, job in _evaluation_jobs(command, run, evaluation).items():
            last = list(numbers.values())[-1]
            file = run.folder / f"{name}.sh"
            numbers[name] = _submit(job._replace(after=last), _asked(name, config), file)
            _write_jobs(run, numbers, config)
    except Exception:
        programs.cancel(numbers.values())
        raise
    return run


def submit_runs(
    command: Sequence[str],
    runs: Sequence[SubmittedRun],
    config: SlurmConfig,
    folder: Path,
    *,
    parallel: int | None = None,
) -> str:
    """Submit the training of prepared or stopped runs as one array, and return its job.

    Args:
        command: Starts the trainer.
        runs: Whose `resume` begins them or goes on with them.
        config: What is asked of SLURM.
        folder: Gets script and output.
        parallel: Runs at a time; as many as there is room for if None.

    Raises:
        ConfigError: If SLURM refuses it.
    """
    job = _training(command, runs, config, folder, _write_probe(runs))
    job = job._replace(tasks=len(runs), parallel=parallel)
    number = _submit(job, config, folder / f"{TRAIN}.sh")
    for index, run in enumerate(runs):
        _write_jobs(run, {TRAIN: f"{number}_{index}"}, config)
    return number


def _training(
    command: Sequence[str],
    runs: Sequence[SubmittedRun],
    config: SlurmConfig,
    folder: Path,
    probe: str,
) -> Job:
    watched = [command[0], "-m", "spawnnet_jobs.slurm.job", "--probe", probe]
    if config.processes > 1:
        watched += ["--processes", str(config.processes)]
    if config.requeue:
        watched.append("--requeue")
    places = [str(run.directory.path) for run in runs]
    experiment = runs[0].directory.path.parent.name
    return Job(f"{experiment}-train", [*watched, *places, "--", *command, "resume"], folder)


def _evaluation_jobs(
    command: Sequence[str], run: SubmittedRun, evaluation: Evaluation | None
) -> dict[str, Job]:
    """Return what follows the training, in its order."""
    if evaluation is None:
        return {}
    path, chunks = run.directory.path, evaluation.chunks
    start = [*command, "eval", str(path), *evaluation.options]
    chunk = f"$((SLURM_ARRAY_TASK_ID + 1))/{chunks}"
    each = Job(f"{path.parent.name}-evaluate", [*start, "--chunk", chunk], run.folder, chunks)
    merge = Job(f"{path.parent.name}-merge", [*start, "--merge"], run.folder)
    return {EVALUATE: each, MERGE: merge}


def _asked(name: str, config: SlurmConfig) -> SlurmConfig:
    """Return what is asked for one of a run's jobs; those after the training need one node."""
    return config if name == TRAIN else replace(config, nodes=1, processes=1, requeue=False)


def _write_probe(runs: Iterable[SubmittedRun]) -> str:
    token = secrets.token_hex(8)
    for run in runs:
        run.write_probe(token)
    return token


def _submit(job: Job, config: SlurmConfig, file: Path) -> str:
    write_text(file, script(job, config))
    return programs.submit(file)


def _write_jobs(run: SubmittedRun, numbers: Mapping[str, str], config: SlurmConfig) -> None:
    asked = {name: value for name, value in vars(config).items() if value and name[0] != "_"}
    write_json(run.jobs_file, {"jobs": dict(numbers), "asked": asked})
