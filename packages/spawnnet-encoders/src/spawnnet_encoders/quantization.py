"""Smaller formats for features that are kept: half precision, or 8 bits with a scale per token."""

from collections.abc import Iterable
from typing import Literal, get_args

import torch
from torch import Tensor

from spawnnet_encoders.errors import ConfigurationError

FeatureFormat = Literal["float32", "float16", "bfloat16", "int8"]
LEVELS = 127


def pack(features: Iterable[Tensor], to: FeatureFormat) -> tuple[Tensor, ...]:
    """Return features in a smaller format.

    Relative to the largest magnitude in its token, a value's error is at most 2**-11 in float16
    (plus 2**-25 absolute), 2**-8 in bfloat16 and 1/254 in int8. SpawnNet's tokens have unit
    length, so that these bounds are also absolute.

    Args:
        features: Float tensors whose last axis is one token.
        to: The format. `int8` gives two tensors for each one: int8 values, and float32 scales with
            a last axis of 1; `value * scale` restores it.

    Raises:
        ConfigurationError: If the format is unknown.
    """
    if to not in get_args(FeatureFormat):
        raise ConfigurationError("format", f"must be one of {get_args(FeatureFormat)}, got {to!r}.")
    if to == "int8":
        return tuple(part for feature in features for part in _quantize(feature))
    return tuple(feature.to(getattr(torch, to)) for feature in features)


def unpack(packed: Iterable[Tensor]) -> tuple[Tensor, ...]:
    """Return float tensors from what `pack` gave; half precision is left as it is."""
    parts = iter(packed)
    return tuple(part * next(parts) if part.dtype == torch.int8 else part for part in parts)


def _quantize(feature: Tensor) -> tuple[Tensor, Tensor]:
    scale = feature.float().abs().amax(dim=-1, keepdim=True) / LEVELS
    safe = torch.where(scale > 0, scale, 1)
    return (feature / safe).round().to(torch.int8), scale
