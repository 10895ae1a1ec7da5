"""Start a run with the weights of another one."""

from __future__ import annotations

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.learning.config import InitFromConfig
from spawnnet_train.record.run_record import RunRecord
from spawnnet_train.student.student import Student


def warm_start(student: Student, source: InitFromConfig | None) -> None:
    """Give a student all trained weights of a checkpoint, with the normalisation beside them.

    Optimiser, schedule and average begin anew.

    Raises:
        ConfigError: If there is no such checkpoint, or a weight of it does not fit the student.
    """
    if source is None:
        return
    try:
        record = RunRecord.open(source.run)
        name = record.chosen_checkpoint(source.checkpoint)
        load_checkpoint(record.directory.checkpoints / name, student)
    except ConfigError as error:
        problems = [f"train.init_from: {problem}" for problem in error.problems]
        raise ConfigError(problems) from None
