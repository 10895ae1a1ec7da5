"""Success rates with the uncertainty that their number of episodes leaves."""

from __future__ import annotations

from typing import NamedTuple

from spawnnet_sim.tools.success_rate import wilson_interval


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
