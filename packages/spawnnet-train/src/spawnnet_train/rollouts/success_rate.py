"""Success rates with the uncertainty that their number of episodes leaves."""

from __future__ import annotations

import math
from typing import NamedTuple

_Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


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
    rate = successes / episodes
    shrink = 1 / (1 + _Z95**2 / episodes)
    centre = shrink * (rate + _Z95**2 / (2 * episodes))
    half = shrink * _Z95 * math.sqrt(rate * (1 - rate) / episodes + (_Z95 / (2 * episodes)) ** 2)
    return Rate(successes, episodes, rate, max(0.0, centre - half), min(1.0, centre + half))
