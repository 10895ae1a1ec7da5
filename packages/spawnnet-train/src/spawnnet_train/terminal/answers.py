"""How a command ends: what the input or the machine is at fault for is said, and has a status."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

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
        problems, status = answer
        _say(problems)
        raise typer.Exit(status) from None


def _answer(error: Exception) -> tuple[Sequence[str], int] | None:
    """Return problems and status for an error; None for a bug, which shows its traceback."""
    from spawnnet_train.config.errors import ConfigError, disk_sentence

    if isinstance(error, ConfigError):
        return error.problems, _BAD_INPUT
    # Not before: what is wrong with a file is answered without them.
    from spawnnet_data import DataError
    from spawnnet_record import RecordError

    if isinstance(error, DataError | RecordError):
        return [str(error)], _BAD_INPUT
    # Without a number it is no disk's; of a broken pipe Typer ends quietly.
    if isinstance(error, OSError) and error.errno not in (None, errno.EPIPE):
        return [disk_sentence(error)], _FAILED
    return ([str(error)], _FAILED) if _is_worker_error(error) else None


def _is_worker_error(error: Exception) -> bool:
    """Return whether a simulation worker has failed: the error says all, with the worker's log."""
    simulation = sys.modules.get("spawnnet_sim")
    return simulation is not None and isinstance(error, simulation.WorkerError)
