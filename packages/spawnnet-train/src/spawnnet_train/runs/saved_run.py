"""Open the student of a finished or interrupted run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.machine import prepare_torch
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.create import create_student
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student


class SavedRun(NamedTuple):
    """A run and the student that came out of it, in evaluation mode."""

    directory: RunDirectory
    config: RunConfig
    spec: StudentSpec
    student: Student
    checkpoint: str


def open_saved_run(
    path: Path, checkpoint: str | None = None, overrides: Sequence[str] = ()
) -> SavedRun:
    """Build the student of a run, whatever its algorithm, and load a checkpoint.

    Args:
        path: A run directory.
        checkpoint: Its name; `best` if None and there is one, else the latest.
        overrides: Changes of the run's configuration, such as `evaluation.episodes=96`.

    Raises:
        RecordError: If there is no such run or checkpoint, or it is damaged.
        ConfigError: If an override does not fit.
    """
    record = RunRecord.open(path)
    directory = record.directory
    config = load_config(directory.config, overrides)
    spec = StudentSpec.load(directory.spec)
    name = record.chosen_checkpoint(checkpoint)
    student = create_student(config, spec, prepare_torch(config))
    load_checkpoint(directory.checkpoints / name, student)
    return SavedRun(directory, config, spec, student.eval(), name)
