"""One run as several processes of this machine, started by torchrun's own launcher."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from spawnnet_jobs.parent import PARENT

_LOCAL = "127.0.0.1"
_LOG = logging.getLogger(__name__)

# torch is imported where it starts something: nothing else here needs it.


def run_together(command: Sequence[str], processes: int) -> int:
    """Start a command several times, wait for all of them, and return a status.

    They find out by `ranks` which they are, end with this process, and all end as soon as one has
    failed. Signals are passed on to them.

    Args:
        command: A program and its arguments.
        processes: How many.

    Returns:
        0, the status of the first that failed, or 128 and the signal that ended one or all.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)  # said here
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint=f"{_LOCAL}:0",
        local_addr=_LOCAL,
        max_restarts=0,
    )
    program, *arguments = command
    try:
        with _environment(processes):
            elastic_launch(config, program)(*arguments)
    except SignalException as error:
        return 128 + int(error.sigval)
    except ChildFailedError as error:
        number, failure = error.get_first_failure()
        return _status(number, processes, failure.exitcode)
    return 0


@contextmanager
def _environment(processes: int) -> Iterator[None]:
    """Let this process have the environment that those it starts take over."""
    before = dict(os.environ)
    os.environ[PARENT] = str(os.getpid())
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))
    if sys.platform == "linux":  # the name of a machine may lead nowhere
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _status(number: int, processes: int, code: int) -> int:
    """Say which process has ended with a code, and return the status that shells have for that."""
    how = f"was ended by signal {-code}" if code < 0 else f"has failed with status {code}"
    _LOG.error("Process %d of %d %s, so the others were ended.", number + 1, processes, how)
    return 128 - code if code < 0 else code
