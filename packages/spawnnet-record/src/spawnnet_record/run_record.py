"""The one reader of what a run wrote: metrics, results, checkpoints, settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import yaml

from spawnnet_record.errors import RecordError
from spawnnet_record.evaluations import comparable, label_of
from spawnnet_record.files import read_csv, read_json, reading
from spawnnet_record.metrics import read_metrics
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_state import RunState, read_state

_BEST, _FINAL = "best", "final"


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

    def state(self) -> RunState:
        """Return whether the run goes on, has ended, and why."""
        return read_state(self.directory)

    @property
    def is_finished(self) -> bool:
        """Whether the run went to its end."""
        return self.directory.result.is_file()

    def settings(self) -> dict[str, Any]:
        """Return the settings of `config.yaml`, with every default written out."""
        with reading(self.directory.config):
            return {**yaml.safe_load(self.directory.config.read_text("utf-8"))}

    def changed_settings(self) -> dict[str, dict[str, Any]]:
        """Return `value` and `default` of the settings that differ from it, by their paths."""
        return read_json(self.directory.changed)

    def versions(self) -> dict[str, Any]:
        """Return on what the run was trained, see `describe_machine`."""
        return read_json(self.directory.versions)

    def metrics(self) -> list[dict[str, Any]]:
        """Return the rows of `metrics.jsonl`."""
        return read_metrics(self.directory.metrics)

    def result(self) -> dict[str, Any]:
        """Return the last value of every metric, and success rates by split."""
        last: dict[str, Any] = {}
        for row in self.metrics():
            last |= row
        rows = self.success_rates()
        with reading(self.directory.evaluation / "summary.csv"):  # a column may be missing
            rates = {f"success/{row['split']}": float(row["rate"]) for row in rows}
        return last | rates

    def success_rates(self) -> list[dict[str, str]]:
        """Return the rows of `eval/summary.csv` that are of whole splits; none without rollouts."""
        path = self.directory.evaluation / "summary.csv"
        with reading(path):
            return [row for row in read_csv(path) if _is_of_split(row)]

    def last_summary(self) -> list[dict[str, str]]:
        """Return the rates of splits and of cabinets as they were measured last.

        Those are the rows of `eval/summary.csv`, or before the end of a run those of its last
        evaluation; none without rollouts. Where `cabinet` is `all`, a row is of a whole split.
        """
        if rows := read_csv(self.directory.evaluation / "summary.csv"):
            return rows
        with reading(self.directory.evaluated):
            measured = self.comparable_evaluations()
            if not measured:
                return []
            label = label_of(measured[-1])
        return read_csv(self.directory.evaluation / Path(label).name / "summary.csv")

    def last_rates(self) -> dict[str, float]:
        """Return the success rate of every split as it was measured last."""
        rows = self.last_summary()
        with reading(self.directory.evaluation):
            return {row["split"]: float(row["rate"]) for row in rows if row["cabinet"] == "all"}

    def evaluations(self) -> list[dict[str, str]]:
        """Return the rows of `eval/checkpoints.csv`, one per checkpoint, way and split."""
        return read_csv(self.directory.evaluated)

    def comparable_evaluations(self) -> list[dict[str, str]]:
        """Return those of students that saw images and were measured as the run says, if any was.

        Raises:
            RecordError: If the table is damaged.
        """
        with reading(self.directory.evaluated):
            return comparable(self.evaluations())

    def saved_result(self) -> dict[str, Any]:
        """Return `result.json`; empty for a run that is not finished."""
        return read_json(self.directory.result)

    def checkpoints(self) -> list[str]:
        """Return the names of the checkpoints, those that have seen most updates last.

        Raises:
            RecordError: If what one says of itself is damaged.
        """
        return [file.stem for file in sorted(self.directory.checkpoints.glob("*.json"), key=_age)]

    def chosen_checkpoint(self, name: str | None = None) -> str:
        """Return `name`, or else `best` where there is one, or else the latest.

        Raises:
            RecordError: If there is no checkpoint yet, none of that name, or one is damaged.
        """
        known = sorted(file.stem for file in self.directory.checkpoints.glob("*.json"))
        if not known:
            raise RecordError("", f"{self.directory.checkpoints}: holds no checkpoint yet.")
        if name is None:
            return _BEST if _BEST in known else self.checkpoints()[-1]
        if name not in known:
            message = f"{name!r} is no name of one, there are {', '.join(known)}."
            raise RecordError("checkpoint", message)
        return name


def find_runs(folder: Path) -> list[RunRecord]:
    """Return the runs of all experiments in a folder, oldest first, without the links to them."""
    found = sorted(path.parent for path in folder.glob("*/*/config.yaml"))
    return [RunRecord.open(path) for path in found if not path.is_symlink()]


def _age(file: Path) -> tuple[int, bool, int, int]:
    """Return what says how late a checkpoint was written; times alone get lost in copies."""
    with reading(file):
        facts = read_json(file)
        # Imported ones do not know their updates.
        updates, period = int(facts.get("updates", 0)), int(facts.get("period", 0))
        return updates, file.stem == _FINAL, period, file.stat().st_mtime_ns


def _is_of_split(row: dict[str, str]) -> bool:
    """Return whether a row is of all cabinets of a split; one without numbers is an error."""
    are_numbers = 0 <= float(row["rate"]) <= 1 and int(row["successes"]) <= int(row["episodes"])
    return are_numbers and row["cabinet"] == "all"
