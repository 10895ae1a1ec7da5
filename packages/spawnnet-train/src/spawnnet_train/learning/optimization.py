"""Optimiser and learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import nn

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
