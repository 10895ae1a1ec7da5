"""Success rates with the uncertainty that their number of episodes leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


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
    rate, z2 = successes / episodes, _Z95**2 / episodes
    centre = (rate + z2 / 2) / (1 + z2)
    half = _Z95 / (1 + z2) * math.sqrt(rate * (1 - rate) / episodes + z2 / (4 * episodes))
    return Rate(successes, episodes, rate, max(0.0, centre - half), min(1.0, centre + half))


def pooled_rate(rates: Sequence[Rate]) -> Rate:
    """Return the rate of all episodes together."""
    return success_rate(sum(r.successes for r in rates), sum(r.episodes for r in rates))


def rate_of(row: Mapping[str, str]) -> Rate:
    """Return the rate in a row of a table with the columns `successes` and `episodes`."""
    return success_rate(int(row["successes"]), int(row["episodes"]))
