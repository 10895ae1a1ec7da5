"""The one reader of what a run wrote: metrics, results, checkpoints, settings."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, final

import yaml

from spawnnet_record.errors import RecordError
from spawnnet_record.files import reading
from spawnnet_record.metrics import read_metrics
from spawnnet_record.run_directory import RunDirectory

_BEST = "best"


@final
class RunRecord:
    """A run on disk, finished or not.

    Args:
        directory: Its files.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self.directory = directory

    @classmethod
    def open(cls, path: Path) -> RunRecord:
        """Return the record of the run in a folder.

        Raises:
            RecordError: If there is no run.
        """
        return cls(RunDirectory.open(path))

    @property
    def is_finished(self) -> bool:
        """Whether the run went to its end."""
        return self.directory.result.is_file()

    def settings(self) -> dict[str, Any]:
        """Return the settings of `config.yaml`, with every default written out."""
        with reading(self.directory.config):
            return {**yaml.safe_load(self.directory.config.read_text("utf-8"))}

    def metrics(self) -> list[dict[str, Any]]:
        """Return the rows of `metrics.jsonl`."""
        return read_metrics(self.directory.metrics)

    def result(self) -> dict[str, Any]:
        """Return the last value of every metric, and success rates by split."""
        last: dict[str, Any] = {}
        for row in self.metrics():
            last |= row
        rates = {f"success/{row['split']}": float(row["rate"]) for row in self.success_rates()}
        return last | rates

    def success_rates(self) -> list[dict[str, str]]:
        """Return the rows of `eval/summary.csv` that are of whole splits; none without rollouts."""
        path = self.directory.evaluation / "summary.csv"
        with reading(path):
            return [row for row in _read_csv(path) if _is_of_split(row)]

    def evaluations(self) -> list[dict[str, str]]:
        """Return the rows of `eval/checkpoints.csv`, one per checkpoint and split."""
        return _read_csv(self.directory.evaluated)

    def saved_result(self) -> dict[str, Any]:
        """Return `result.json`; empty for a run that is not finished."""
        if not self.is_finished:
            return {}
        with reading(self.directory.result):
            return {**json.loads(self.directory.result.read_text("utf-8"))}

    def checkpoints(self) -> list[str]:
        """Return the names of the checkpoints, in the order in which they were written."""
        files = self.directory.checkpoints.glob("*.json")
        return [file.stem for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def chosen_checkpoint(self, name: str | None = None) -> str:
        """Return `name`, or else `best` where there is one, or else the latest.

        Raises:
            RecordError: If there is no checkpoint yet, or the name leads out of their folder.
        """
        names = self.checkpoints()
        if name is not None:
            if name != Path(name).name or not name.isprintable():
                known = ", ".join(names)
                raise RecordError("checkpoint", f"{name!r} is no name of one, there are {known}.")
            return name
        if not names:
            raise RecordError("", f"{self.directory.checkpoints}: holds no checkpoint yet.")
        return _BEST if _BEST in names else names[-1]


def _is_of_split(row: dict[str, str]) -> bool:
    """Return whether a row is of all cabinets of a split; one without numbers is an error."""
    are_numbers = 0 <= float(row["rate"]) <= 1 and int(row["successes"]) <= int(row["episodes"])
    return are_numbers and row["cabinet"] == "all"


def _read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none where there is no such file."""
    if not path.is_file():
        return []
    with reading(path), path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
