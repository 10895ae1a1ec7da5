"""Random numbers that follow a generator."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_noise(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return standard normal noise with the shape, dtype and device of `like`.

    Args:
        like: Floating point, any shape; its values are not read.
        generator: On the device of `like`; None means torch's global generator.
    """
    # `torch.randn` with a generator cannot be exported with a dynamic batch.
    return torch.empty_like(like).normal_(generator=generator)
