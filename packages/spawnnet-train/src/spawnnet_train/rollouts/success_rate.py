"""Success rates with the uncertainty that their number of episodes leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from spawnnet_train.config.simulator import wilson_interval


class Rate(NamedTuple):
    """A success rate and its 95 % interval."""

    successes: int
    episodes: int
    rate: float
    low: float
    high: float


def success_rate(successes: int, episodes: int) -> Rate:
    """Return successes / episodes with the Wilson 95 % interval.

    Unlike the normal approximation, the interval stays inside [0, 1] and keeps its width when
    every episode succeeds or fails.

    Raises:
        ValueError: If `episodes` is not positive or `successes` is not in [0, episodes].

    References:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    """
    if episodes < 1 or not 0 <= successes <= episodes:
        raise ValueError(f"No rate from {successes} successes in {episodes} episodes.")
    low, high = wilson_interval(successes, episodes)
    return Rate(successes, episodes, successes / episodes, low, high)


def pooled_rate(rates: Sequence[Rate]) -> Rate:
    """Return the rate of all episodes together."""
    return success_rate(sum(r.successes for r in rates), sum(r.episodes for r in rates))


def rate_of(row: Mapping[str, str]) -> Rate:
    """Return the rate in a row of a table with the columns `successes` and `episodes`."""
    return success_rate(int(row["successes"]), int(row["episodes"]))
