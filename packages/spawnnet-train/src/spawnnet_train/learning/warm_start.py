"""Start a run with the weights of another one."""

from __future__ import annotations

from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import building
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.learning.config import InitFromConfig
from spawnnet_train.student.student import Student


def warm_start(student: Student, source: InitFromConfig | None) -> None:
    """Give a student all trained weights of a checkpoint, with the normalisation beside them.

    Optimiser, schedule and average begin anew.

    Raises:
        ConfigError: If there is no such checkpoint, or a weight of it does not fit the student.
    """
    if source is None:
        return
    with building("train.init_from"):
        record = RunRecord.open(source.run)
        name = record.chosen_checkpoint(source.checkpoint)
        load_checkpoint(record.directory.checkpoints / name, student)
