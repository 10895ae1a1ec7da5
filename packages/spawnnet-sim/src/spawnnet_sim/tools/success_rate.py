"""Uncertainty of success rates."""

from __future__ import annotations

import math

Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


def wilson_interval(successes: int, episodes: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a success rate.

    Args:
        successes: Number of successful episodes.
        episodes: Number of episodes, at least 1.

    References:
        Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    rate, z2 = successes / episodes, Z95**2 / episodes
    centre = (rate + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(rate * (1 - rate) / episodes + z2 / (4 * episodes))
    return max(0.0, centre - half), min(1.0, centre + half)
