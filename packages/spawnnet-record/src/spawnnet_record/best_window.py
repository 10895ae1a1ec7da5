"""Which validation was the best, by the mean of the last few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

WINDOW = 5
"""Validations that are averaged: one alone is noisy."""


@final
class BestWindow:
    """Follows a metric, the lower the better, and says when the mean of its last values is lowest.

    Args:
        values: The metric so far, of an earlier part of the run.
    """

    def __init__(self, values: Sequence[float] = ()) -> None:
        self.values: list[float] = []
        self.best_mean = float("inf")
        self.num_since_best = 0
        for value in values:
            self.add(value)

    def add(self, value: float) -> bool:
        """Take the next value; return whether the mean of the last five is the lowest so far."""
        self.values.append(value)
        mean = sum(self.values[-WINDOW:]) / len(self.values[-WINDOW:])
        is_best = mean < self.best_mean
        self.best_mean = min(mean, self.best_mean)
        self.num_since_best = 0 if is_best else self.num_since_best + 1
        return is_best
