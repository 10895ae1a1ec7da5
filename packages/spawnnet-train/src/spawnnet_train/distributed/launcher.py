"""Start the processes of a run on this machine, by torchrun's own launcher."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from uuid import uuid4

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from spawnnet_data.tools.interruption import Terminated
from spawnnet_jobs.parent import PARENT

_LOCAL = "127.0.0.1"


class ProcessError(Exception):
    """A process of a run has failed; it has said why, unless it was killed.

    Attributes:
        status: What the command ends with.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def launch(arguments: Sequence[str], processes: int) -> None:
    """Run `spawnnet-train` with these arguments in several processes, to their end.

    Raises:
        ProcessError: If one has failed; the others have been ended.
        KeyboardInterrupt: If this process is interrupted; the others have been, and have ended.
    """
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
    os.environ[PARENT] = str(os.getpid())  # they end with this process
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))
    if sys.platform == "linux":  # the name of a machine may lead nowhere
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    try:
        elastic_launch(config, sys.executable)("-m", "spawnnet_train", *arguments)
    except SignalException as error:
        is_terminated = error.sigval == signal.SIGTERM
        raise (Terminated() if is_terminated else KeyboardInterrupt()) from None
    except ChildFailedError as error:
        number, failure = error.get_first_failure()
        raise ProcessError(*_said(number, processes, failure.exitcode)) from None


def _said(number: int, processes: int, code: int) -> tuple[str, int]:
    """Return a sentence about a process that has ended with a code, and a status."""
    how = f"has failed with status {code}" if code > 0 else f"was ended by signal {-code}"
    message = f"process {number} of {processes}, counted from 0, {how}; the others were ended."
    return message, code if code > 0 else 128 - code
