"""SLURM's own programs, asked for answers that no sentence has to be parsed for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_config import ConfigError

_PATIENCE = 30.0  # seconds until a program that does not answer is given up
_OPTION = "#SBATCH --"
_NAMES = {"cpus-per-task": "cpus"}  # of our fields that are called otherwise


class QueuedJob(NamedTuple):
    """A job, or a task of an array, as SLURM has it.

    Attributes:
        state: Such as `PENDING`, `RUNNING` or `OUT_OF_MEMORY`.
        note: Why it waits, or by which status it ended.
    """

    state: str
    note: str


def check_installed(local: str) -> None:
    """Check that jobs can be submitted here.

    Args:
        local: The command that does the same on this machine.

    Raises:
        ConfigError: If they cannot.
    """
    if shutil.which("sbatch") is None:
        message = "is not installed on this machine, so nothing can be submitted to SLURM;"
        raise ConfigError([f"sbatch: {message} `{local}` runs here."])


def check(text: str) -> None:
    """Ask SLURM whether it would take a script; nothing is submitted.

    Raises:
        ConfigError: If it would not, with its own words and the option that they are about.
    """
    done = _run(["sbatch", "--test-only"], text)
    if done.returncode:
        raise ConfigError([_refusal(done, text)])


def submit(file: Path) -> str:
    """Submit a script and return the number of its job.

    Raises:
        ConfigError: As `check`.
    """
    done = _run(["sbatch", "--parsable", str(file)])
    if done.returncode:
        raise ConfigError([_refusal(done, file.read_text("utf-8"))])
    return done.stdout.strip().partition(";")[0]


def _refusal(done: subprocess.CompletedProcess[str], text: str) -> str:
    lines = (line.removeprefix("sbatch: ") for line in done.stderr.splitlines())
    problem = "; ".join(line.removeprefix("error: ").rstrip(".") for line in lines)
    return f"{_option_at_fault(text)}: SLURM refuses it, {problem}."


def cancel(jobs: Iterable[str]) -> None:
    """Remove jobs from the queue, and end those that run."""
    _run(["scancel", *jobs])


def requeue(job: str) -> str:
    """End the job that this process is in and let it begin again; return why that cannot be."""
    return _run(["scontrol", "requeue", job]).stderr.strip()


def queued(job: str | None = None) -> dict[str, QueuedJob] | None:
    """Return the jobs in the queue by their numbers, `12` or `12_3`; None if it does not answer.

    Args:
        job: One of them alone.
    """
    chosen = [] if job is None else ["-j", job]
    return _table(["squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%r", *chosen])


def accounted(jobs: Iterable[str]) -> dict[str, QueuedJob] | None:
    """Return what became of jobs by their numbers; None where SLURM keeps no accounts."""
    chosen = ",".join(jobs)
    return _table(["sacct", "-n", "-P", "-X", "-o", "JobID,State,ExitCode", "-j", chosen])


def _table(command: Sequence[str]) -> dict[str, QueuedJob] | None:
    try:
        done = _run(command)
    except OSError:  # it is not there
        return None
    if done.returncode:
        return None
    rows = (line.split("|") for line in done.stdout.splitlines() if line.count("|") == 2)
    return {job: QueuedJob(state.split()[0], note) for job, state, note in rows if state}


def _option_at_fault(text: str) -> str:
    """Return the one option without which SLURM would take a script; else what they are called."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line.startswith(_OPTION):
            without = "\n".join([*lines[:index], *lines[index + 1 :]])
            if _run(["sbatch", "--test-only"], without).returncode == 0:
                name, _, value = line.removeprefix(_OPTION).partition("=")
                return f"slurm.{_NAMES.get(name, name)}={value}" if value else f"slurm.{name}"
    return "slurm"


def _run(command: Sequence[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        problem = f"no answer within {_PATIENCE:.0f} seconds"
        return subprocess.CompletedProcess(command, 124, "", problem)
