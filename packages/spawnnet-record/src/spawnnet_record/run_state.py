"""Whether a run goes on, has ended, and why."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from spawnnet_record.files import reading, write_json
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import is_held

RUNNING, FINISHED, INTERRUPTED, FAILED = "running", "finished", "interrupted", "failed"
LOST = "lost"
"""Of a run whose process is gone without having said why."""


class RunState(NamedTuple):
    """How a run stands.

    Attributes:
        name: `running`, `finished`, `interrupted`, `failed` or `lost`.
        started: When it began, or went on, as ISO 8601; empty where it is not known.
        changed: When it came to this state.
        reason: Why it failed, one sentence; empty otherwise.
        trace: Where it failed, a Python traceback; empty otherwise.
    """

    name: str
    started: str = ""
    changed: str = ""
    reason: str = ""
    trace: str = ""


@contextmanager
def state_of(run: RunDirectory) -> Iterator[None]:
    """Write down that a run goes on, and at the end how it ended."""
    started = _now()
    _write(run, RunState(RUNNING, started, started))
    try:
        yield
    except KeyboardInterrupt:
        _write(run, RunState(INTERRUPTED, started, _now()))
        raise
    except BaseException as error:
        reason = str(error) or type(error).__name__
        trace = "".join(traceback.format_exception(error))
        _write(run, RunState(FAILED, started, _now(), reason, trace))
        raise
    _write(run, RunState(FINISHED, started, _now()))


def read_state(run: RunDirectory) -> RunState:
    """Return how a run stands; one that wrote no state is finished if it has a result.

    Raises:
        RecordError: If its file is damaged.
    """
    if not run.state.is_file():
        return RunState(FINISHED if run.result.is_file() else LOST)
    with reading(run.state):
        state = _state(json.loads(run.state.read_text("utf-8")))
    is_lost = state.name == RUNNING and not is_held(run)
    return state._replace(name=LOST) if is_lost else state


def _state(content: dict[str, Any]) -> RunState:
    state = RunState(**content)
    if not all(isinstance(value, str) for value in state):
        raise ValueError(f"{str(content)[:80]} is no state of a run")
    return state


def _write(run: RunDirectory, state: RunState) -> None:
    write_json(run.state, state._asdict())


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
