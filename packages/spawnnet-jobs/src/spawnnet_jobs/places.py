"""Runs found again by what decides them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spawnnet_config.validation import dump_yaml
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_record.run_state import INTERRUPTED


def identity(settings: Mapping[str, Any]) -> str:
    """Return a name that no other settings have; what they ask of a cluster decides nothing."""
    deciding = {name: value for name, value in settings.items() if name != "slurm"}
    return hashlib.sha256(dump_yaml(deciding).encode()).hexdigest()[:12]


def prepared_run(settings: Mapping[str, Any]) -> RunDirectory:
    """Make the directory of a run that has not begun; the trainer's `resume` begins it.

    Args:
        settings: Complete ones, `output` and `experiment` among them.
    """
    output, experiment = Path(settings["output"]).absolute(), settings["experiment"]
    return RunDirectory.create(output, experiment, dump_yaml(settings), versions={})


def run_to_do(settings: Mapping[str, Any], place: Path) -> RunDirectory:
    """Return the run of some settings below `place`: one that was interrupted, or else a new one.

    Args:
        settings: Complete ones.
        place: Takes the place of their `output`.
    """
    interrupted = [run.directory for run in find_runs(place) if run.state().name == INTERRUPTED]
    return interrupted[-1] if interrupted else prepared_run({**settings, "output": str(place)})


def progress_of(run: RunRecord) -> str:
    """Return how far a run has come; empty before its first number."""
    last: dict[str, Any] = {}
    for row in run.metrics():
        last |= row
    loss = last.get("train/loss", last.get("update/loss", float("nan")))
    return f"{last['update']} updates, loss {loss:.4g}" if last else ""


def finished_run(place: Path) -> RunRecord | None:
    """Return the last finished run below `place`; None if none is finished."""
    finished = [run for run in find_runs(place) if run.is_finished]
    return finished[-1] if finished else None
