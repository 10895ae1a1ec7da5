"""What a submitted run has in its directory beside what every run has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple, final

from spawnnet_record.files import read_json, reading, write_json, write_text
from spawnnet_record.run_directory import RunDirectory


class Heartbeat(NamedTuple):
    """A sign of life of the job that trains.

    Attributes:
        time: When it was given, as ISO 8601 in UTC.
        host: On which node.
        job: Number of the job.
        status: How the training process has ended; None while it works.
    """

    time: str
    host: str
    job: str
    status: int | None = None

    def age(self) -> float:
        """Return the seconds since it was given."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.time)).total_seconds()


@final
class SubmittedRun:
    """The files of a run that was submitted.

    `slurm.json` says which jobs it has; in `slurm/` are their scripts and output, `probe`, which
    nodes have to see, `heartbeat.json` and `attempts.json`.

    Args:
        directory: Of the run.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self.directory = directory
        self.jobs_file = directory.path / "slurm.json"
        self.folder = directory.path / "slurm"
        self._probe = self.folder / "probe"
        self._heartbeat = self.folder / "heartbeat.json"
        self._attempts = self.folder / "attempts.json"

    def write_probe(self, token: str) -> None:
        """Write down what nodes have to find."""
        write_text(self._probe, token)

    def has_probe(self, token: str) -> bool:
        """Return whether this machine sees what was written on another one."""
        return self._probe.is_file() and self._probe.read_bytes() == token.encode()

    def jobs(self) -> dict[str, str]:
        """Return the numbers of its jobs by what they do: `train`, `evaluate`, `merge`."""
        with reading(self.jobs_file):
            return {str(k): str(v) for k, v in self.facts().get("jobs", {}).items()}

    def facts(self) -> dict[str, Any]:
        """Return what `slurm.json` holds; empty where nothing was submitted."""
        return read_json(self.jobs_file)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Give a sign of life."""
        write_json(self._heartbeat, heartbeat._asdict())

    def heartbeat(self) -> Heartbeat | None:
        """Return the last sign of life; None before the first."""
        if not (content := read_json(self._heartbeat)):
            return None
        with reading(self._heartbeat):
            heartbeat = Heartbeat(**content)
            heartbeat.age()  # or it is no time
            return heartbeat

    def attempts(self) -> list[int]:
        """Return how many updates had been done when each attempt began."""
        with reading(self._attempts):
            return [int(updates) for updates in read_json(self._attempts).get("updates", [])]

    def begin_attempt(self, updates: int) -> None:
        """Note that an attempt begins."""
        write_json(self._attempts, {"updates": [*self.attempts(), updates]})
