"""Optimiser and learning-rate schedule."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Literal

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import nn

from spawnnet_config.section import STRICT
from spawnnet_train.config.errors import SettingError


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OptimizerConfig:
    """Adam or AdamW."""

    name: Literal["adam", "adamw"] = "adam"
    """`adamw` applies the weight decay to the weights, `adam` to their gradient."""
    lr: Annotated[float, Field(gt=0)] = 3e-4
    """Learning rate that the schedule scales."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """How strongly weights are drawn to zero."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScheduleConfig:
    """Learning rate over the whole run."""

    name: Literal["constant", "cosine"] = "constant"
    """What the rate does after the warm-up: it stays, or falls along half a cosine."""
    unit: Literal["update", "round"] = "update"
    """What the rate changes from: each `update` to the next, or each `round` to the next (epoch,
    with bc), during which it is constant, as in the original release."""
    warmup_updates: Annotated[int, Field(ge=0)] = 0
    """Updates over which the rate rises linearly from `warmup_factor` to 1 times `lr`."""
    warmup_rounds: Annotated[int, Field(ge=0)] = 0
    """The same with `unit: round`; with 1 the first round, alone, has `warmup_factor`."""
    warmup_factor: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Factor on `lr` at the begin of the warm-up."""
    final_factor: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Factor that `cosine` reaches with the last update, or would with one round more."""

    def __post_init__(self) -> None:
        unused = "warmup_updates" if self.unit == "round" else "warmup_rounds"
        if getattr(self, unused):
            raise SettingError(unused, f"is for another unit than `unit: {self.unit}`.")


def create_optimizer(
    config: OptimizerConfig, parameters: Sequence[nn.Parameter]
) -> torch.optim.Optimizer:
    """Return the optimiser of `config` over `parameters`."""
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(parameters, lr=config.lr, weight_decay=config.weight_decay)


def lr_factor(config: ScheduleConfig, update: int, periods: Sequence[int]) -> float:
    """Return the factor on the learning rate of an update.

    Args:
        config: The schedule.
        update: Number of the update, counted from 0.
        periods: Updates of each period (round, epoch) of the run.
    """
    if config.unit == "round":
        period = bisect_right(list(accumulate(periods)), update)
        return _factor(config, period, config.warmup_rounds, end=len(periods))
    return _factor(config, update, config.warmup_updates, end=sum(periods) - 1)


def _factor(config: ScheduleConfig, position: int, warmup: int, *, end: int) -> float:
    if position < warmup:
        return config.warmup_factor + (1 - config.warmup_factor) * position / warmup
    if config.name == "constant":
        return 1.0
    progress = (position - warmup) / max(1, end - warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return config.final_factor + (1 - config.final_factor) * cosine


def create_schedule(
    config: ScheduleConfig, optimizer: torch.optim.Optimizer, periods: Sequence[int]
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the schedule of a run; step it after each update.

    Args:
        config: The schedule.
        optimizer: Whose learning rate it sets.
        periods: Updates of each period (round, epoch) of the run.
    """
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda update: lr_factor(config, update, periods)
    )
