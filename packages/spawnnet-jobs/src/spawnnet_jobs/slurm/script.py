"""The script of a job, which holds a plain command."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_config import ConfigError
from spawnnet_jobs.slurm.config import SlurmConfig


class Job(NamedTuple):
    """What is submitted at once.

    Attributes:
        name: Of the job in the queue.
        command: Words of the command; one with `$` in it is for the shell of the job.
        folder: Gets the output.
        tasks: How many times the command runs; each has its own `SLURM_ARRAY_TASK_ID`, from 0 on.
        parallel: How many of them at a time.
        after: Job that has to succeed before; this one is removed where that fails.
    """

    name: str
    command: Sequence[str]
    folder: Path
    tasks: int | None = None
    parallel: int | None = None
    after: str | None = None


def script(job: Job, config: SlurmConfig) -> str:
    """Return the script that `sbatch` takes.

    Raises:
        ConfigError: If submitit is not installed.
    """
    try:
        slurm = importlib.import_module("submitit.slurm.slurm")
    except ModuleNotFoundError as error:
        message = "submitit is not installed, pip install 'spawnnet-jobs[slurm]'."
        raise ConfigError([f"slurm: {message}"]) from error
    # Not `executor.submit`, which pickles what it submits, commands too.
    text: str = slurm._make_sbatch_string(
        command="exec " + " ".join(map(_quoted, job.command)),
        folder=job.folder.absolute(),
        job_name=job.name,
        # Until Python handles it, a signal that comes early would end the job.
        setup=["trap '' USR2"],
        use_srun=False,
        stderr_to_stdout=True,
        wckey=None,
        **_resources(config),
        **_array(job),
        additional_parameters=_additional(job, config),
    )
    return text


def _quoted(word: str) -> str:
    return f'"{word}"' if "$" in word else shlex.quote(word)


def _resources(config: SlurmConfig) -> dict[str, object]:
    same = ("partition", "account", "qos", "constraint", "nodes", "gres", "mem", "time")
    asked = {name: getattr(config, name) for name in same}
    return {**asked, "cpus_per_task": config.cpus, "ntasks_per_node": 1}


def _array(job: Job) -> dict[str, object]:
    if job.tasks is None:
        return {}
    return {"map_count": job.tasks, "array_parallelism": job.parallel or job.tasks}


def _additional(job: Job, config: SlurmConfig) -> Mapping[str, object]:
    """Return what submitit has no argument for, and what it would decide otherwise."""
    flags = {name: value for name, value in config.options.items() if value is not False}
    if job.after:
        # In place of what the first job waits for, which is over by the time that one succeeds.
        flags = {"kill-on-invalid-dep": "yes", **flags, "dependency": f"afterok:{job.after}"}
    return {
        # To the script's process alone, which decides what becomes of those that it started.
        "signal": f"B:USR2@{config.grace}",
        "requeue" if config.requeue else "no-requeue": True,
        **flags,
    }
