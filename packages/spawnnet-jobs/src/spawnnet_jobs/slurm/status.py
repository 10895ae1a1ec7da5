"""How runs stand: by their directories first, then by what SLURM says where it answers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from spawnnet_jobs.places import progress_of
from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.files import Heartbeat, SubmittedRun
from spawnnet_jobs.slurm.programs import QueuedJob
from spawnnet_jobs.slurm.training import TRAIN
from spawnnet_record.errors import RecordError
from spawnnet_record.run_record import RunRecord
from spawnnet_record.run_state import FAILED, INTERRUPTED, RUNNING

WAITING = "waiting"
"""Of a run that is in the queue."""
DAMAGED = "damaged"
"""Of a run of which a file cannot be read."""
SILENCE = 180.0
"""Seconds without a sign of life after which a job is taken for dead."""
_IN_QUEUE = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SUSPENDED"})
_ENDING = frozenset({"COMPLETING", "STAGE_OUT", "SIGNALING"})


class Status(NamedTuple):
    """How a run stands; a row of a table.

    Attributes:
        run: Its directory.
        state: `waiting`, `running`, `finished`, `interrupted`, `failed`, `lost` or `damaged`.
        progress: How far it has come.
        success: Its last success rates.
        note: Why it waits or failed, and what its other jobs do.
    """

    run: str
    state: str
    progress: str
    success: str
    note: str


def statuses(folder: Path) -> list[Status]:
    """Return how the run in a folder stands, or all runs below it do, oldest first.

    Raises:
        RecordError: If there is no such folder.
    """
    if not folder.is_dir():
        raise RecordError("", f"{folder}: there is no such folder.")
    runs = list(find_all_runs(folder))
    submitted = [SubmittedRun(run.directory) for run in runs]
    known = _known({number for run in submitted for number in _jobs(run)})
    return [_status(run, known) for run in runs]


def _jobs(run: SubmittedRun) -> Iterable[str]:
    try:
        return run.jobs().values()
    except RecordError:  # said in its own row
        return ()


def find_all_runs(folder: Path) -> Iterator[RunRecord]:
    """Yield the runs in and below a folder, those of sweeps and studies too."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        if "config.yaml" in files:
            folders.clear()
            yield RunRecord.open(Path(place))


def _known(jobs: set[str]) -> dict[str, QueuedJob] | None:
    """Return what SLURM knows of jobs and their tasks; None if it does not answer."""
    queue = programs.queued() if jobs else None
    if queue is None:
        return None
    gone = [job for job in jobs if not any(_is_of(number, job) for number in queue)]
    return {**((programs.accounted(gone) or {}) if gone else {}), **queue}


def _is_of(number: str, job: str) -> bool:
    return number == job or number.startswith(f"{job}_")


def _status(record: RunRecord, known: Mapping[str, QueuedJob] | None) -> Status:
    try:
        return _read_status(record, known)
    except RecordError as error:  # which says nothing of the other runs
        return Status(str(record.directory.path), DAMAGED, "", "", str(error))


def _read_status(record: RunRecord, known: Mapping[str, QueuedJob] | None) -> Status:
    run = SubmittedRun(record.directory)
    jobs = run.jobs()
    if TRAIN in jobs and not record.is_finished:
        state, note = _of_submitted(record, run, jobs[TRAIN], known)
    else:
        found = record.state()
        state, note = found.name, found.reason.partition("\n")[0]
    others = [
        f"{name}: {states}"
        for name, job in jobs.items()
        if name != TRAIN and (states := _states(job, known or {}))
    ]
    rates = (f"{split} {rate:.0%}" for split, rate in record.last_rates().items())
    text = "; ".join(filter(None, [note, *others]))
    return Status(str(run.directory.path), state, progress_of(record), " ".join(rates), text)


def _states(job: str, known: Mapping[str, QueuedJob]) -> str:
    counted = Counter(each.state for number, each in known.items() if _is_of(number, job))
    return ", ".join(f"{count} {state}" for state, count in counted.items())


def _of_submitted(
    record: RunRecord, run: SubmittedRun, number: str, known: Mapping[str, QueuedJob] | None
) -> tuple[str, str]:
    """Return state and note of a run that has no result yet."""
    found, heartbeat, job = record.state(), run.heartbeat(), (known or {}).get(number)
    where = f"job {number}" if heartbeat is None else f"job {number} on {heartbeat.host}"
    if job is not None and job.state in _IN_QUEUE:
        return WAITING, f"job {number}, {job.note}"
    if job is not None and job.state == "RUNNING":
        return RUNNING, where
    if found.name in (FAILED, INTERRUPTED):
        return found.name, found.reason.partition("\n")[0] or _end(number, job)
    if job.state in _ENDING if job is not None else _lives(heartbeat):
        return RUNNING, where
    if heartbeat is None and known is None:
        return WAITING, f"job {number}, SLURM does not answer here"
    if heartbeat is None:
        return FAILED, f"{_end(number, job)} before it began{_unseen(run)}"
    if heartbeat.status is None:
        return FAILED, f"{_end(number, job)}, no sign of life since {heartbeat.time}"
    return FAILED, f"{_end(number, job)}, its process ended with status {heartbeat.status}"


def _lives(heartbeat: Heartbeat | None) -> bool:
    return heartbeat is not None and heartbeat.status is None and heartbeat.age() < SILENCE


def _end(number: str, job: QueuedJob | None) -> str:
    return f"job {number} is gone" if job is None else f"job {number} ended as {job.state}"


def _unseen(run: SubmittedRun) -> str:
    """Return what may be the reason where no node has written into the run directory."""
    if logs := sorted(run.folder.glob("*.out")):
        return f", see {logs[-1]}"
    return "; nodes that do not see this folder cannot: `output` has to be one that they share"
