"""How many processes read demonstrations."""

from __future__ import annotations

import os

_MOST = 4


def num_workers(chosen: int | None, *, beside_gpu: bool, processes: int = 1) -> int:
    """Return the processes that read for one that trains.

    Args:
        chosen: What a user wants; None leaves it to the machine.
        beside_gpu: Whether training computes on a GPU, beside which a core is otherwise idle; on
            the CPU it needs the core itself.
        processes: Processes that train on this machine.
    """
    if chosen is not None:
        return chosen
    cores = (os.cpu_count() or 1) // processes
    return min(_MOST, max(0, cores - 1)) if beside_gpu else 0
