"""One update of the student: loss, gradient, clipping, optimiser, schedule, average."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, final

from torch import Tensor, nn

from spawnnet_train.optimization import (
    OptimizerConfig,
    ScheduleConfig,
    WeightAverage,
    create_optimizer,
    create_schedule,
)
from spawnnet_train.student import Batch, Student


class Update(NamedTuple):
    """What one update did: scalars, still on the device."""

    loss: Tensor
    grad_norm: Tensor
    """Norm of the gradient over all trained parameters, before clipping."""


@final
class Learner:
    """Trains a student; everything that changes from update to update is here.

    Args:
        student: Whose trainable parameters, and no others, are optimised.
        optimizer: Optimiser settings.
        schedule: Learning rate over the updates.
        total_updates: The length of the run, which the schedule needs to know.
        clip_grad_norm: Longest gradient, over all parameters together; None for no limit.
        average_decay: Decay of the moving average of the weights; None for no average.
    """

    def __init__(
        self,
        student: Student,
        *,
        optimizer: OptimizerConfig,
        schedule: ScheduleConfig,
        total_updates: int,
        clip_grad_norm: float | None = None,
        average_decay: float | None = None,
    ) -> None:
        self._student = student
        self._parameters = student.trainable_parameters()
        self._optimizer = create_optimizer(optimizer, self._parameters)
        self._schedule = create_schedule(schedule, self._optimizer, total_updates)
        self._max_norm = float("inf") if clip_grad_norm is None else clip_grad_norm
        self._average = average_decay and WeightAverage(self._parameters, average_decay)
        self.num_updates = 0

    @property
    def lr(self) -> float:
        """Learning rate of the next update."""
        return float(self._optimizer.param_groups[0]["lr"])

    def update(self, batch: Batch) -> Update:
        """Improve the student on one batch."""
        self._student.train()
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._student(batch)
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(self._parameters, self._max_norm)
        self._optimizer.step()
        self._schedule.step()
        if self._average:
            self._average.update()
        self.num_updates += 1
        return Update(loss.detach(), grad_norm)

    def acting_weights(self) -> AbstractContextManager[None]:
        """Return a context in which the student has the weights that it should act with."""
        return self._average.applied() if self._average else nullcontext()
