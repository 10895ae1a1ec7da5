"""Runs found again by what decides them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spawnnet_config.validation import dump_yaml
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord, find_runs


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
    """Return what is left to do of some settings: the last run below `place` that kept a state.

    However it ended, the trainer's `resume` goes on with it. Without one, a new one is made.

    Args:
        settings: Complete ones, whose run below `place` has not finished.
        place: Takes the place of their `output`.
    """
    begun = [run.directory for run in find_runs(place) if run.directory.training_state.is_file()]
    return begun[-1] if begun else prepared_run({**settings, "output": str(place)})


def progress_of(run: RunRecord) -> str:
    """Return how far a run has come; empty before its first number."""
    last: dict[str, Any] = {}
    for row in run.metrics():
        last |= row
    loss = last.get("train/loss", last.get("update/loss"))
    told = f"{loss:.4g}" if isinstance(loss, int | float) else "unknown"
    return f"{last['update']} updates, loss {told}" if last else ""


def finished_run(place: Path) -> RunRecord | None:
    """Return the last finished run below `place`; None if none is finished."""
    finished = [run for run in find_runs(place) if run.is_finished]
    return finished[-1] if finished else None
