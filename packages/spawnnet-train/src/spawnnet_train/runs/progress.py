"""Losses of updates, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import final

from spawnnet_record.metrics import Log
from spawnnet_train.learning.learner import Learner, Update


@final
class MeanLoss:
    """The mean loss of the samples of a period so far.

    Args:
        total: Sum of the losses of all samples.
        num_samples: How many they are.
    """

    def __init__(self, total: float = 0.0, num_samples: int = 0) -> None:
        self._total, self._num_samples = total, num_samples

    def add(self, loss: float, num_samples: int) -> None:
        """Count the mean loss of some samples."""
        self._total += loss * num_samples
        self._num_samples += num_samples

    def mean(self) -> float:
        """Return the mean; NaN of nothing."""
        return self._total / self._num_samples if self._num_samples else float("nan")

    def state(self) -> tuple[float, int]:
        """Return the arguments that make an equal one."""
        return self._total, self._num_samples


@final
class UpdateLog:
    """Writes the means of blocks of updates.

    Args:
        every: Updates of a block; blocks end where the number of updates is a multiple of it.
        log: Gets a row for each block.
        unwritten: What `unwritten` returned, when a run goes on within a block.
    """

    def __init__(self, every: int, log: Log, unwritten: Sequence[Sequence[float]] = ()) -> None:
        self._every = every
        self._log = log
        self._block = list(unwritten)

    def unwritten(self) -> list[Sequence[float]]:
        """Return loss and gradient of the updates that wait for their block to end."""
        return self._block

    def add(self, update: Update, learner: Learner) -> None:
        """Take in an update, of which `learner` has just done the last."""
        self._block.append((update.loss, update.grad_norm))
        if learner.num_updates % self._every == 0:
            self.flush(learner)

    def flush(self, learner: Learner) -> None:
        """Write what there is."""
        if not self._block:
            return
        loss, grad_norm = map(fmean, zip(*self._block, strict=True))
        values = {"update/loss": loss, "update/grad_norm": grad_norm, "update/lr": learner.lr}
        self._log.log(learner.num_updates, values)
        self._block = []
