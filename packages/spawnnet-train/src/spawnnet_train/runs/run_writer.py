"""What training leaves on disk as it goes on; of several processes the first one writes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, final

from spawnnet_jobs.together.ranks import is_first
from spawnnet_record.cost import CostLog
from spawnnet_record.report.live import LiveReport
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_train.learning.checkpoint import save_checkpoint
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student


@final
class RunWriter:
    """Writes into the directory of a run, or in other processes than the first one nowhere."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._cost, self._report = CostLog(run.cost), LiveReport(run)

    def part(self, name: str) -> AbstractContextManager[None]:
        """Return the context of a part of the run, the time of which is written down."""
        return self._cost.part(name) if is_first() else nullcontext()

    def spec(self, spec: StudentSpec) -> None:
        """Write what the student sees and does."""
        if is_first():
            spec.save(self._run.spec)

    def checkpoint(self, name: str, student: Student, facts: Mapping[str, Any]) -> None:
        """Write the student with its present weights, see `save_checkpoint`."""
        if is_first():
            save_checkpoint(self._run.checkpoints / name, student, {"name": name, **facts})

    def way_on(self) -> str:
        """Say what to do after numbers were no longer finite."""
        remedy = "Try a lower train.optimizer.lr, and look at the data with `check`."
        record = RunRecord(self._run)
        if not record.checkpoints():
            return f"No checkpoint was written before. {remedy}"
        return f"Checkpoint {record.chosen_checkpoint()} in {self._run.path} is good. {remedy}"

    def report(self) -> None:
        """Write the report if it is time."""
        if is_first():
            self._report.refresh()
