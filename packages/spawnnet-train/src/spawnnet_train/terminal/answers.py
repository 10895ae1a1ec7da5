"""How a command ends: what the input or the machine is at fault for is said, and has a status."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import typer

_FAILED = 1
_BAD_INPUT = 2


def _say(problems: Iterable[str]) -> None:
    from spawnnet_data.common.errors import printable

    for problem in problems:
        typer.secho(f"Error: {printable(problem)}", err=True, fg=typer.colors.RED)


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End the command with one line per problem where its input or the machine is at fault."""
    try:
        yield
    except Exception as error:
        answer = _answer(error)
        if answer is None or logging.getLogger().isEnabledFor(logging.DEBUG):
            raise
        _say(answer.problems)
        raise typer.Exit(answer.status) from None


class _Answer(NamedTuple):
    problems: Sequence[str]
    status: int


def _answer(error: Exception) -> _Answer | None:
    """Return what is said of an error; None of a bug, which shows its traceback."""
    from spawnnet_data import DataError
    from spawnnet_record import RecordError
    from spawnnet_train.config.errors import ConfigError, disk_sentence

    if isinstance(error, ConfigError):
        return _Answer(error.problems, _BAD_INPUT)
    if isinstance(error, DataError | RecordError):
        return _Answer([str(error)], _BAD_INPUT)
    # Without a number it is no disk's; of a broken pipe Typer ends quietly.
    if isinstance(error, OSError) and error.errno not in (None, errno.EPIPE):
        return _Answer([disk_sentence(error)], _FAILED)
    return _Answer([str(error)], _FAILED) if _is_worker_error(error) else None


def _is_worker_error(error: Exception) -> bool:
    """Return whether a simulation worker has failed: the error says all, with the worker's log."""
    simulation = sys.modules.get("spawnnet_sim")
    return simulation is not None and isinstance(error, simulation.WorkerError)
