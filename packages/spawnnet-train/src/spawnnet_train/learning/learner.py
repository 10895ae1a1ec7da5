"""One update of the student: loss, gradient, clipping, optimiser, schedule, average."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple, final

import torch
from torch import Tensor, nn

from spawnnet_train.config.errors import DivergenceError
from spawnnet_train.learning.batch_part import BatchPart
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.model import TrainedModel
from spawnnet_train.learning.optimization import create_optimizer, create_schedule
from spawnnet_train.learning.precision import autocast
from spawnnet_train.learning.weight_average import WeightAverage
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.student import Student


class Update(NamedTuple):
    """What one update did; of several processes the same."""

    loss: float
    grad_norm: float
    """Norm of the gradient of encoder and policy, or of what is clipped, before clipping."""
    num_samples: int


def _ignore(batch: Batch, features: Tensor) -> None:
    """Watch nothing."""


@final
class Learner:
    """Trains a student; everything that changes from update to update is here.

    Args:
        student: Whose trainable parameters, and no others, are optimised.
        config: Optimiser, schedule, clipping and averaging.
        periods: Updates of each period (round, epoch) of the run, which the schedule needs to know.
    """

    def __init__(self, student: Student, config: LearningConfig, periods: Sequence[int]) -> None:
        self._model = TrainedModel(student, is_compiled=config.compile)
        self._autocast = partial(autocast, config.precision, student.device)
        # Small gradients are none in half precision, unless they are scaled.
        self._scaler = torch.amp.GradScaler(student.device.type, enabled=config.precision == "fp16")
        self._parameters = student.trainable_parameters()
        policy = list(student.policy.parameters())
        # Heads of privileged targets are apart: a probe changes nothing in what it looks at.
        self._clipped = policy if config.original_clipping else student.acting_parameters()
        self._optimizer = create_optimizer(config.optimizer, self._parameters)
        self._schedule = create_schedule(config.schedule, self._optimizer, periods)
        self._max_norm = config.clip_grad_norm or float("inf")
        self._average = config.ema_decay and WeightAverage(self._parameters, config.ema_decay)
        self._last_loss: float | None = None
        self.num_updates = 0

    @property
    def lr(self) -> float:
        """Learning rate of the next update."""
        return float(self._optimizer.param_groups[0]["lr"])

    def update(self, batch: Batch, watch: Callable[[Batch, Tensor], None] = _ignore) -> Update:
        """Improve the student by one step down the gradient of its loss on a batch.

        Args:
            batch: On the student's device; of several processes each has a part of it.
            watch: Called with the batch and its features `(B, D)` before anything changes.

        Raises:
            DivergenceError: If the loss, the gradient or a weight is not finite. In the first two
                cases the weights are still those of the update before.
        """
        part = BatchPart.of(batch)
        with self._autocast():
            loss, features, target_loss = self._model(batch, part)
        watch(batch, features)
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(part.objective(loss, target_loss)).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        grad_norm = nn.utils.clip_grad_norm_(self._clipped, self._max_norm)
        # Read together, because every reading waits for the device.
        loss, grad_norm = torch.stack([part.whole(loss).float(), grad_norm.float()]).tolist()
        self._require_finite("the loss", loss)
        # One that overflows leaves the update out and shrinks the scale, as long as there is any.
        if not self._scaler.is_enabled() or self._scaler.get_scale() <= 1:
            self._require_finite("the gradient", grad_norm)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        largest = nn.utils.get_total_norm(self._parameters, float("inf"))
        self._require_finite("a weight", largest.item())
        self._last_loss = loss
        with warnings.catch_warnings(action="ignore"):  # where the first update was left out
            self._schedule.step()
        if self._average:
            self._average.update()
        self.num_updates += 1
        return Update(loss, grad_norm, part.num_samples)

    def _require_finite(self, what: str, value: float) -> None:
        """Raise where the update that is under way meets a number that is none."""
        if math.isfinite(value):
            return
        last = "there was no finite loss before"
        if self._last_loss is not None:
            last = f"the last finite loss was {self._last_loss:.5g}"
        raise DivergenceError(
            [
                f"update {self.num_updates + 1}: {what} is not finite at a learning rate of "
                f"{self.lr:.3g}, {last}."
            ]
        )

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what `load_state` needs to go on exactly: tensors, and values fit for JSON."""
        tensors = {
            f"optimizer.{index}.{name}": value
            for index, moments in self._optimizer.state_dict()["state"].items()
            for name, value in moments.items()
        }
        facts: dict[str, Any] = {"num_updates": self.num_updates, "lr": self.lr}
        facts["scaling"] = self._scaler.state_dict()
        if self._average:
            average, facts["averaged"] = self._average.state()
            tensors |= {f"average.{index}": value for index, value in enumerate(average)}
        return tensors, facts

    def load_state(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Go on from what `state` returned; the weights themselves are the student's."""
        moments: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for key, value in tensors.items():
            kind, index, *name = key.split(".")
            if kind == "optimizer":
                shape = self._parameters[int(index)].shape if value.dim() else ()
                moments[int(index)][".".join(name)] = value.reshape(shape)
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": dict(moments), "param_groups": groups})
        for group in self._optimizer.param_groups:
            group["lr"] = facts["lr"]
        self._schedule.last_epoch = self.num_updates = facts["num_updates"]
        if scaling := facts.get("scaling"):  # empty but for half precision
            self._scaler.load_state_dict(scaling)
        if self._average:
            average = [tensors[f"average.{i}"] for i in range(len(self._parameters))]
            self._average.load_state(average, facts["averaged"])

    def acting_weights(self) -> AbstractContextManager[None]:
        """Return a context in which the student has the weights that it should act with."""
        return self._average.applied() if self._average else nullcontext()
