"""Averages that leave padding out."""

from __future__ import annotations

import torch
from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of the values whose mask is true, or 0 if there are none.

    Half-precision values are summed in float32.

    Args:
        values: Floating point, any shape.
        mask: Bool, the shape of `values`. A value whose mask is false reaches neither the result
            nor, even if it is NaN, the gradient.

    Returns:
        A scalar.
    """
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    kept = torch.where(mask, values, torch.zeros_like(values))
    return kept.sum() / mask.sum().clamp(min=1)
