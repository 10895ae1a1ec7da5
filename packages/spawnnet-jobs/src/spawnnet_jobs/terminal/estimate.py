"""How long a run will still take, about."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import final


@final
class RunEstimate:
    """Learns from the periods of a run what the others will take.

    An update takes what updates took so far, and whatever else is done in a period what it took in
    the periods before, in proportion to its updates; the first one, whose rollouts are often
    others, counts only as long as there is no second.

    Args:
        updates: Number of updates of each period that is left.
        clock: Tells seconds.
    """

    def __init__(self, updates: Sequence[int], clock: Callable[[], float] = time.monotonic) -> None:
        self._updates, self._clock = list(updates), clock
        self._num_updates, self._seconds = 0, 0.0
        self._others: list[float] = []  # seconds per update of the period
        self._mark = clock()
        self._other = 0.0

    def updating(self) -> None:
        """Say that updates begin: what came before in this period was something else."""
        self._other += self._passed()

    def updated(self) -> None:
        """Count an update."""
        self._seconds += self._passed()
        self._num_updates += 1

    def ended(self) -> None:
        """Count a period."""
        self._others.append(self._per_update(self._other + self._passed()))
        self._other = 0.0

    def left(self) -> float | None:
        """Return the seconds that are left; None as long as nothing is known."""
        if not self._num_updates:
            return None
        others = self._others[1:] or self._others or [self._per_update(self._other)]
        # What else a period does is counted with those after it, as most of it comes first.
        later = sum(self._updates[len(self._others) + 1 :])
        updates = max(0, sum(self._updates) - self._num_updates)
        return updates * self._seconds / self._num_updates + later * fmean(others)

    def _per_update(self, seconds: float) -> float:
        return seconds / max(1, self._updates[len(self._others)])

    def _passed(self) -> float:
        before, self._mark = self._mark, self._clock()
        return self._mark - before
