"""Optimiser, learning-rate schedule, and the average of the weights over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal, final

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spawnnet_train.config.section import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OptimizerConfig:
    """Adam or AdamW."""

    name: Literal["adam", "adamw"] = "adam"
    lr: Annotated[float, Field(gt=0)] = 3e-4
    """Learning rate that the schedule scales."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScheduleConfig:
    """Learning rate over the updates of the whole run."""

    name: Literal["constant", "cosine"] = "constant"
    warmup_updates: Annotated[int, Field(ge=0)] = 0
    """Updates over which the rate rises linearly from `warmup_factor` to 1 times `lr`."""
    warmup_factor: Annotated[float, Field(gt=0, le=1)] = 0.1
    final_factor: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Factor that `cosine` reaches with the last update."""


def create_optimizer(
    config: OptimizerConfig, parameters: Sequence[nn.Parameter]
) -> torch.optim.Optimizer:
    """Return the optimiser of `config` over `parameters`."""
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(parameters, lr=config.lr, weight_decay=config.weight_decay)


def lr_factor(config: ScheduleConfig, update: int, total: int) -> float:
    """Return the factor on the learning rate of update `update`, counted from 0, of `total`."""
    if update < config.warmup_updates:
        return config.warmup_factor + (1 - config.warmup_factor) * update / config.warmup_updates
    if config.name == "constant":
        return 1.0
    progress = (update - config.warmup_updates) / max(1, total - 1 - config.warmup_updates)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return config.final_factor + (1 - config.final_factor) * cosine


def create_schedule(
    config: ScheduleConfig, optimizer: torch.optim.Optimizer, total: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the schedule of `config` for a run of `total` updates; step it after each of them."""
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda update: lr_factor(config, update, total)
    )


@final
class WeightAverage:
    """An exponential moving average of parameters, which can stand in for them.

    The average starts out fast (its decay is at most `(1 + n) / (10 + n)` after n updates), so that
    the initial weights do not linger in it.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], decay: float) -> None:
        self._parameters = list(parameters)
        self._average = [parameter.detach().clone() for parameter in parameters]
        self._decay = decay
        self._updates = 0

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the current parameters."""
        self._updates += 1
        decay = min(self._decay, (1 + self._updates) / (10 + self._updates))
        current: list[Tensor] = list(self._parameters)
        torch._foreach_lerp_(self._average, current, 1 - decay)

    def state(self) -> tuple[list[Tensor], int]:
        """Return the averages and the number of updates, for `load_state`."""
        return self._average, self._updates

    def load_state(self, average: Sequence[Tensor], updates: int) -> None:
        """Go on from what `state` returned."""
        for kept, loaded in zip(self._average, average, strict=True):
            kept.copy_(loaded)
        self._updates = updates

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average in the place of the parameters for the duration of the context."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, average in zip(self._parameters, self._average, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)
