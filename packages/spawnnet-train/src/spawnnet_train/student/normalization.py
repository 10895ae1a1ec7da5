"""Bring proprioception and actions to a common scale, by statistics of the training data."""

from __future__ import annotations

from typing import Literal, final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spawnnet_config.section import STRICT
from spawnnet_data import FieldStatistics

Mode = Literal["min_max", "mean_std", "quantile", "none"]
Bounds = tuple[tuple[float, ...], tuple[float, ...]]

SMALLEST_SCALE = 1e-2
"""Columns of proprioception that vary less than this are divided by it instead, so that noise in a
joint that hardly moves does not drown everything else."""
_CONSTANT = 1e-6  # actions that vary less are constant: dividing by that would only blow up noise


@dataclass(frozen=True, config=STRICT)
class NormalizationConfig:
    """How to normalise each field.

    `min_max` maps [minimum, maximum] to [-1, 1], `quantile` the 1 % and 99 % quantiles (values
    beyond them leave [-1, 1]), `mean_std` to mean 0 and standard deviation 1, `none` to itself.
    """

    actions: Mode = "none"
    """How actions are normalised for the policy; `none` with dagger, whose robot limits them."""
    proprioception: Mode = "mean_std"
    """How the robot's own state is normalised."""


@final
class Normalization(nn.Module):
    """Subtracts an offset and divides by a scale, column by column.

    A joint moves by some hundredths of its range during an episode; the network would hardly see
    it beside columns that vary by one. The identity until `fit` is called.

    Args:
        width: S, the number of columns.
    """

    offset: Tensor
    scale: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("offset", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def fit(self, statistics: FieldStatistics, mode: Mode) -> None:
        """Take offset and scale from statistics of S columns."""
        if mode == "none":
            return
        offset, scale = _offset_and_scale(statistics, mode)
        self.offset.copy_(torch.from_numpy(offset))
        self.scale.copy_(torch.from_numpy(scale).clamp_min(SMALLEST_SCALE))

    def forward(self, values: Tensor) -> Tensor:
        """Return `values` `(..., S)` normalised."""
        return (values - self.offset) / self.scale


def action_range(statistics: FieldStatistics, mode: Mode) -> Bounds:
    """Return the actions that become -1 and 1, as the `action_bounds` of a policy.

    An action that never varies gets its value plus and minus 1.
    """
    offset, scale = _offset_and_scale(statistics, mode)
    scale = np.where(scale < _CONSTANT, 1.0, scale)
    # In single precision, as the policy computes.
    low, high = ((offset + sign * scale).astype(np.float32).tolist() for sign in (-1, 1))
    return tuple(low), tuple(high)


def _offset_and_scale(
    statistics: FieldStatistics, mode: Mode
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = np.asarray(statistics.mean)
    if mode == "none":
        return np.zeros_like(mean), np.ones_like(mean)
    if mode == "mean_std":
        return mean, np.asarray(statistics.std)
    pairs = {
        "min_max": (statistics.minimum, statistics.maximum),
        "quantile": (statistics.q01, statistics.q99),
    }
    low, high = map(np.asarray, pairs[mode])
    return (low + high) / 2, (high - low) / 2
