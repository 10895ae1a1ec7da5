"""What an evaluation has to do, cabinet by cabinet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Split(NamedTuple):
    """Cabinets that are measured together.

    Attributes:
        name: What they are called in results.
        cabinets: How many there are.
        episodes: How many are asked for in all.
        num_envs: Environments that may be simulated at once.
    """

    name: str
    cabinets: int
    episodes: int
    num_envs: int


class CabinetWork(NamedTuple):
    """Episodes of one cabinet.

    Attributes:
        split: Name of its split.
        cabinet: Its number in the split.
        episodes: How many.
        first: Place of the first one among the episodes of all cabinets.
        num_envs: Environments for every cabinet of the split, so that none depends on the others.
    """

    split: str
    cabinet: int
    episodes: int
    first: int
    num_envs: int


def all_work(splits: Iterable[Split], per_cabinet: int | None = None) -> list[CabinetWork]:
    """Return all that is to be done, in the order of its results.

    Args:
        splits: What is measured.
        per_cabinet: Episodes on every cabinet; those of a split are dealt out in turn if None.
    """
    work: list[CabinetWork] = []
    first = 0
    for split in splits:
        count = split.cabinets
        dealt = [len(range(number, split.episodes, count)) for number in range(count)]
        shares = dealt if per_cabinet is None else [per_cabinet] * count
        num_envs = min(split.num_envs, max(shares))
        for cabinet, share in enumerate(shares):
            work += [CabinetWork(split.name, cabinet, share, first, num_envs)] if share else []
            first += share
    return work
