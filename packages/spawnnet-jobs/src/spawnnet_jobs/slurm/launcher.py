"""Commands that run as several processes, on one node or on several."""

from __future__ import annotations

import socket
from collections.abc import Sequence

_FIRST_PORT, _NUM_PORTS = 20_000, 10_000


def as_processes(command: Sequence[str], processes: int, nodes: int, job: str) -> list[str]:
    """Return the command that starts torchrun on every node of a job, from its first one.

    Args:
        command: A Python interpreter, `-m`, a module and its arguments.
        processes: Processes on each node.
        nodes: How many nodes the job has.
        job: Number of the job.
    """
    if processes == nodes == 1:
        return list(command)
    python, *module = command
    torchrun = [python, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    if nodes == 1:
        return [*torchrun, "--standalone", *module]
    port = _FIRST_PORT + int(job) % _NUM_PORTS
    meeting = [
        f"--nnodes={nodes}",
        "--rdzv-backend=c10d",
        f"--rdzv-endpoint={socket.gethostname()}:{port}",
        f"--rdzv-id={job}",
    ]
    return ["srun", f"--ntasks={nodes}", "--ntasks-per-node=1", *torchrun, *meeting, *module]
