"""Standardisation of proprioception by the statistics of the first demonstrations."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

_SMALLEST_STD = 1e-2
"""Columns that vary less than this in the demonstrations are divided by it instead, so that noise
in a joint that hardly moves does not drown everything else."""


@final
class Standardization(nn.Module):
    """Subtracts a mean and divides by a standard deviation, column by column.

    A joint moves by some hundredths of its range during an episode; the network would hardly see
    it beside columns that vary by one. The identity until `fit` is called.

    Args:
        width: S, the number of columns.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))

    def fit(self, values: Tensor) -> None:
        """Take the statistics of `values` `(..., S)`."""
        rows = values.flatten(0, -2).to(self.mean)
        self.mean.copy_(rows.mean(0))
        self.std.copy_(rows.std(0).clamp_min(_SMALLEST_STD))

    def forward(self, values: Tensor) -> Tensor:
        """Return `values` `(..., S)` standardised."""
        return (values - self.mean) / self.std
