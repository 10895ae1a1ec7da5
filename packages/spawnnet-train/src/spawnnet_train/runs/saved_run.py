"""Open the student of a finished or interrupted run of behaviour cloning."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spawnnet_train.algorithms.cloning.bc_data import DemonstrationSpec
from spawnnet_train.algorithms.cloning.bc_student import create_cloned_student
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import latest_checkpoint, load_checkpoint
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.assembly import prepare_torch
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import BehaviorCloningRun
from spawnnet_train.student.student import Student

_BEST = "best"


class SavedRun(NamedTuple):
    """A run and the student that came out of it, in evaluation mode."""

    directory: RunDirectory
    config: BehaviorCloningRun
    spec: DemonstrationSpec
    student: Student
    checkpoint: str


def open_saved_run(path: Path, checkpoint: str | None = None) -> SavedRun:
    """Build the student of a run and load a checkpoint, `best` if there is one.

    Raises:
        ConfigError: If there is no such run or checkpoint, or it is not of `algorithm: bc`.
    """
    directory = RunDirectory.open(path)
    config = load_config(directory.config)
    if not isinstance(config, BehaviorCloningRun):
        raise ConfigError([f"{path}: expected a run of `algorithm: bc`, got {config.algorithm!r}."])
    spec = DemonstrationSpec.load(directory.demonstrations)
    name = checkpoint or _default(directory)
    student = create_cloned_student(config, spec, prepare_torch(config))
    load_checkpoint(directory.checkpoints / name, student)
    return SavedRun(directory, config, spec, student.eval(), name)


def _default(directory: RunDirectory) -> str:
    has_best = (directory.checkpoints / f"{_BEST}.json").is_file()
    return _BEST if has_best else latest_checkpoint(directory.checkpoints)
