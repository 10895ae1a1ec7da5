"""Which of several processes this one is, as torchrun says in the environment; needs no torch."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Self

_NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR")


def _number(name: str, alone: int) -> int:
    """Return a number that torchrun has set, or the one of a process that is alone."""
    is_started = all(needed in os.environ for needed in _NEEDED)
    return int(os.environ.get(name, alone)) if is_started else alone


def rank() -> int:
    """Return the number of this process, from 0 on."""
    return _number("RANK", 0)


def size() -> int:
    """Return how many processes train together."""
    return _number("WORLD_SIZE", 1)


def local_rank() -> int:
    """Return the number of this process among those of this machine."""
    return _number("LOCAL_RANK", 0)


def local_size() -> int:
    """Return how many of the processes are on this machine."""
    return _number("LOCAL_WORLD_SIZE", 1)


def is_first() -> bool:
    """Return whether this process is the one that writes and shows what all of them do."""
    return rank() == 0


class Share(NamedTuple):
    """A piece of a row of things: `size` of `total`, from number `first` on."""

    first: int
    size: int
    total: int

    @classmethod
    def of_this_process(cls, total: int) -> Self:
        """Return the piece that this process has; pieces differ by one thing at most."""
        first, end = (total * number // size() for number in (rank(), rank() + 1))
        return cls(first, end - first, total)

    @classmethod
    def whole(cls, total: int) -> Self:
        """Return the whole row."""
        return cls(0, total, total)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for others."""
        return self.size == self.total

    @property
    def slice(self) -> slice:
        """The piece as an index of a row."""
        return slice(self.first, self.first + self.size)

    def seeds(self, seed: int) -> Any:
        """Return what environments of this piece are seeded by, so that they equal those of a row.

        A row of environments draws from `(seed, i)`, where i counts them.
        """
        if self.is_whole:
            return seed
        return [[seed, env] for env in range(self.total)[self.slice]]
