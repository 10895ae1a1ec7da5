"""The one reader of what a run wrote: metrics, results, checkpoints, settings."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, final

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import read_yaml
from spawnnet_train.record.metrics import read_metrics
from spawnnet_train.record.run_directory import RunDirectory

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
            ConfigError: If there is no run.
        """
        return cls(RunDirectory.open(path))

    @property
    def is_finished(self) -> bool:
        """Whether the run went to its end."""
        return self.directory.result.is_file()

    def settings(self) -> dict[str, Any]:
        """Return the settings of `config.yaml`, with every default written out."""
        return read_yaml(self.directory.config)

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
        rows = _read_csv(self.directory.evaluation / "summary.csv")
        return [row for row in rows if row["cabinet"] == "all"]

    def evaluations(self) -> list[dict[str, str]]:
        """Return the rows of `eval/checkpoints.csv`, one per checkpoint and split."""
        return _read_csv(self.directory.evaluated)

    def saved_result(self) -> dict[str, Any]:
        """Return `result.json`; empty for a run that is not finished."""
        if not self.is_finished:
            return {}
        result: dict[str, Any] = json.loads(self.directory.result.read_text("utf-8"))
        return result

    def checkpoints(self) -> list[str]:
        """Return the names of the checkpoints, in the order in which they were written."""
        files = self.directory.checkpoints.glob("*.json")
        return [file.stem for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def chosen_checkpoint(self, name: str | None = None) -> str:
        """Return `name`, or else `best` where there is one, or else the latest.

        Raises:
            ConfigError: If there is no checkpoint yet.
        """
        names = self.checkpoints()
        if name is not None:
            return name
        if not names:
            raise ConfigError([f"{self.directory.checkpoints}: holds no checkpoint yet."])
        return _BEST if _BEST in names else names[-1]


def _read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
