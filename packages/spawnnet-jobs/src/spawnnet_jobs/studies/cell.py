"""A cell of a study: one run, found again by what decides it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from spawnnet_jobs.places import finished_run, identity, run_to_do
from spawnnet_jobs.processes import Processes
from spawnnet_record.files import write_json
from spawnnet_record.run_record import RunRecord


class Cell(NamedTuple):
    """A run of a study.

    Attributes:
        labels: Its value on each axis of the plan.
        settings: What runs, complete.
        place: Its folder, the same for equal cells of all plans.
    """

    labels: Mapping[str, str]
    settings: Mapping[str, Any]
    place: Path

    @classmethod
    def of(cls, labels: Mapping[str, str], settings: Mapping[str, Any]) -> Self:
        """Return the cell of complete settings, below their `output`."""
        place = Path(settings["output"]) / "cells" / identity(settings)
        return cls(labels, {**settings, "output": str(place)}, place)

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return ", ".join(self.labels.values())

    def record(self) -> RunRecord | None:
        """Return its finished run, if there is one."""
        return finished_run(self.place)

    def cpu_seconds(self) -> float:
        """Return the CPU time of all processes that worked on it."""
        file = self.place / "cpu.json"
        return float(json.loads(file.read_text("utf-8"))["seconds"]) if file.is_file() else 0.0

    def run(self, command: Sequence[str], processes: Processes) -> None:
        """Run it, or go on with it where it was stopped; what it says is in `log.txt`.

        Args:
            command: Starts the trainer.
            processes: Where its process belongs, and by which it is ended.
        """
        if self.record() is not None:
            return
        run = run_to_do(self.settings, self.place)
        with (
            (self.place / "log.txt").open("a", encoding="utf-8") as log,
            processes.run([*command, "resume", str(run.path)], log) as process,
        ):
            if process is None:  # interrupted before it began
                return
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        total = self.cpu_seconds() + usage.ru_utime + usage.ru_stime
        write_json(self.place / "cpu.json", {"seconds": round(total, 1)})
