"""How many processes read demonstrations."""

from __future__ import annotations

import os

import torch

from spawnnet_jobs.together.ranks import local_size

_MOST = 4


def num_workers(chosen: int | None, device: torch.device) -> int:
    """Return the processes that read for one that trains.

    Args:
        chosen: What the configuration says; None lets the device decide.
        device: Of the student. Beside a GPU a core is otherwise idle; on the CPU it computes.
    """
    if chosen is not None:
        return chosen
    cores = (os.cpu_count() or 1) // local_size()
    return min(_MOST, max(0, cores - 1)) if device.type == "cuda" else 0
