"""What processes that train together tell each other; of one that is alone nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor
from torch import distributed as torch_distributed

from spawnnet_jobs.together.ranks import is_first, size

T = TypeVar("T")
_LONGEST_WAIT = timedelta(days=7)  # as for an evaluation; one that has died is noticed at once
_PATIENCE = 10.0  # seconds within which the end of another process is noticed


def join(device: torch.device) -> None:
    """Meet the other processes: by gloo what is on CPUs, by NCCL what is on CUDA devices."""
    if size() == 1:
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    torch_distributed.init_process_group(backend, timeout=_LONGEST_WAIT)


def leave() -> None:
    """Part from the other processes, once all are done with what they share."""
    if size() > 1:
        any_process(False)  # waits for all of them
        torch_distributed.destroy_process_group()


def total(part: Tensor) -> Tensor:
    """Return the sum of what every process has, on the device of `part`."""
    if size() == 1:
        return part
    summed = part.detach().clone()
    torch_distributed.all_reduce(summed)
    return summed


def gather(part: T) -> list[T]:
    """Return what every process has, in the order of their numbers; on CPUs."""
    if size() == 1:
        return [part]
    parts: list[T] = [part] * size()
    torch_distributed.all_gather_object(parts, part)
    return parts


def from_first(compute: Callable[[], T]) -> T:
    """Return what the first process computes, for all of which one is enough; on the CPU."""
    if size() == 1:
        return compute()
    values = [compute() if is_first() else None]
    torch_distributed.broadcast_object_list(values, src=0, device=torch.device("cpu"))
    return values[0]  # type: ignore[return-value]


def any_process(is_true: bool) -> bool:
    """Return whether something is true of any process."""
    return bool(total(torch.tensor(float(is_true))) > 0)


def check_equal(value: Callable[[], object], what: str) -> None:
    """Check that all processes came to the same.

    Args:
        value: Returns what to compare; not called in a process that is alone.
        what: What is compared.

    Raises:
        RuntimeError: If they did not, which is a fault of the program or of a machine.
    """
    if size() == 1:
        return
    values = gather(value())
    if other := [number for number, one in enumerate(values) if one != values[0]]:
        raise RuntimeError(f"{what} differ between processes 0 and {other[0]}.")


@contextmanager
def first_speaks() -> Iterator[None]:
    """Let the process that failed first be the one that says why.

    The first process says at once what all of them meet. The others wait, and so does whoever may
    have failed because another one is gone; what has started them ends those that wait.
    """
    try:
        yield
    except Exception as error:
        if size() > 1 and (not is_first() or isinstance(error, RuntimeError)):
            time.sleep(_PATIENCE)
        raise
