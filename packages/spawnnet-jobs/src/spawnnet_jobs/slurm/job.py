"""What a job runs on its node: the training process, watched and asked to end in time.

`python -m spawnnet_jobs.slurm.job [options] RUN... -- COMMAND...`: `COMMAND` followed by the run
directory that belongs to this task of the job. It gives signs of life in the run directory. SLURM
tells it by SIGUSR2 that the time limit is near, or that another job needs the place: the training
process gets SIGTERM then and writes a checkpoint, and the job goes back to the queue if it may.
When a job has to go, SLURM itself sends SIGTERM to all of its processes.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import final

from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.files import Heartbeat, SubmittedRun
from spawnnet_jobs.slurm.launcher import as_processes
from spawnnet_jobs.slurm.progress import MOST_STOPS, stops_without_progress, updates_kept
from spawnnet_record import RecordError
from spawnnet_record.run_directory import RunDirectory

PERIOD = 20.0
"""Seconds from one sign of life to the next."""
_BAD_INPUT = 2


@final
class Attempt:
    """A run, from its beginning or where it was stopped until it ends or is stopped again.

    Args:
        run: The run.
        command: What trains.
        may_requeue: Whether the job goes back to the queue when it is stopped.
    """

    def __init__(self, run: SubmittedRun, command: Sequence[str], *, may_requeue: bool) -> None:
        self._run, self._command, self._may_requeue = run, command, may_requeue
        self._job = os.environ["SLURM_JOB_ID"]
        self._is_asked_to_end = False
        self._process: subprocess.Popen[bytes] | None = None

    def carry_out(self) -> int:
        """Train, and return the status to end with."""
        if self._is_stuck():
            return 1
        self._run.begin_attempt(updates_kept(self._run.directory))
        signal.signal(signal.SIGTERM, _leave_it)
        signal.signal(signal.SIGUSR2, self._end)
        self._beat()
        self._process = subprocess.Popen(self._command)
        if self._is_asked_to_end:  # before there was a process
            self._process.terminate()
        while (status := self._wait()) is None:
            self._beat()
        self._beat(status)
        if status != 0 and self._is_asked_to_end:
            self._go_back()
        return status if status >= 0 else 128 - status

    def _end(self, _: int, __: FrameType | None) -> None:
        is_first, self._is_asked_to_end = not self._is_asked_to_end, True
        if is_first and self._process is not None:
            self._process.terminate()

    def _wait(self) -> int | None:
        assert self._process is not None
        try:
            return self._process.wait(PERIOD)
        except subprocess.TimeoutExpired:
            return None

    def _beat(self, status: int | None = None) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._run.beat(Heartbeat(now, socket.gethostname(), self._job, status))
        except OSError as error:  # the training may well get over it
            _say(f"{self._run.directory.path}: no sign of life can be given, {error}")

    def _go_back(self) -> None:
        """Put the job back into the queue, unless it is not wanted there or comes no further."""
        if self._may_requeue and self._is_running() and not self._is_stuck():
            _say(f"{self._run.directory.path}: stopped, and back in the queue.")
            if problem := programs.requeue(self._job):
                _say(f"{self._run.directory.path}: cannot go back to the queue, {problem}")

    def _is_running(self) -> bool:
        """Return whether SLURM still wants the job, which `scancel` does not."""
        found = programs.queued(self._job)
        return not found or any(job.state == "RUNNING" for job in found.values())

    def _is_stuck(self) -> bool:
        updates = updates_kept(self._run.directory)
        stops = stops_without_progress(self._run.attempts(), updates)
        if stops < MOST_STOPS:
            return False
        message = f"stopped {stops} times without progress, at {updates} updates, and not again."
        _say(f"{self._run.directory.path}: {message} A longer `slurm.time` may help.")
        return True


def main(arguments: Sequence[str]) -> int:
    """Run the task that this process is for, and return its status."""
    own, command = _divided(arguments)
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--requeue", action="store_true")
    parser.add_argument("runs", nargs="+", type=Path)
    options = parser.parse_args(own)
    # Where it was submitted from may have been a task of another array.
    task = int(os.environ["SLURM_ARRAY_TASK_ID"]) if len(options.runs) > 1 else 0
    path = options.runs[task]
    run = SubmittedRun(RunDirectory(path))
    if not run.has_probe(options.probe):
        message = "is not seen by this node, set `output` to a folder that all nodes share."
        _say(f"{path}: {socket.gethostname()} does not see it; it {message}")
        return _BAD_INPUT
    nodes, job = int(os.environ["SLURM_JOB_NUM_NODES"]), os.environ["SLURM_JOB_ID"]
    started = as_processes([*command, str(path)], options.processes, nodes, job)
    try:
        return Attempt(run, started, may_requeue=options.requeue).carry_out()
    except RecordError as error:
        _say(str(error))
        return _BAD_INPUT
    except OSError as error:  # a full disk, or a command that is not there
        _say(f"{path}: {error}; `resume` goes on with it once this is mended.")
        return 1


def _leave_it(_: int, __: FrameType | None) -> None:
    """Do nothing: the training process got the signal too, and its end is waited for."""


def _divided(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    at = list(arguments).index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
