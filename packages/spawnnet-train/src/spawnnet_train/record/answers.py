"""How a command ends: what the input or the machine is at fault for is said, and has a status."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

_FAILED = 1
_BAD_INPUT = 2


def _say(problems: Iterable[str]) -> None:
    from spawnnet_data.common.errors import printable

    for problem in problems:
        typer.secho(f"error: {printable(problem)}", err=True, fg=typer.colors.RED)


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End the command with one line per problem where its input or the machine is at fault."""
    from spawnnet_data import DataError
    from spawnnet_train.config.errors import ConfigError, disk_sentence

    try:
        yield
    except ConfigError as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            raise
        _say(error.problems)
        raise typer.Exit(_BAD_INPUT) from None
    except DataError as error:
        _say([str(error)])
        raise typer.Exit(_BAD_INPUT) from None
    except OSError as error:
        # Without a number it is no disk's; of a broken pipe Typer ends quietly.
        if error.errno in (None, errno.EPIPE) or logging.getLogger().isEnabledFor(logging.DEBUG):
            raise
        _say([disk_sentence(error)])
        raise typer.Exit(_FAILED) from None
    except Exception as error:
        if not _is_worker_error(error):
            raise
        _say([str(error)])
        raise typer.Exit(_FAILED) from None


def _is_worker_error(error: Exception) -> bool:
    """Return whether a simulation worker has failed: the error says all, with the worker's log."""
    simulation = sys.modules.get("spawnnet_sim")
    return simulation is not None and isinstance(error, simulation.WorkerError)
