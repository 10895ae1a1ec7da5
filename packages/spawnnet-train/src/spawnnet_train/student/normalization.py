"""Bring actions and proprioception to a common scale, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, final

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_data.reading.statistics import FieldStatistics, Statistics

Mode = Literal["min_max", "mean_std", "quantile", "none"]
ValuesT = TypeVar("ValuesT", torch.Tensor, NDArray[Any])

# A dimension narrower than this is constant: dividing by its width would only blow up noise.
_SMALLEST_SCALE = 1e-6


@dataclass(frozen=True)
class NormalizationConfig:
    """How to normalise each field.

    `min_max` maps [minimum, maximum] to [-1, 1], `quantile` the 1 % and 99 % quantiles (values
    beyond them leave [-1, 1]), `mean_std` to mean 0 and standard deviation 1, `none` to itself.
    """

    actions: Mode = "none"
    proprioception: Mode = "mean_std"

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@final
class Normalizer:
    """An invertible linear map of each dimension.

    Attributes:
        offset: `(D,)` float32, the value that becomes 0.
        scale: `(D,)` float32, the width that becomes 1.
    """

    def __init__(self, statistics: FieldStatistics, mode: Mode) -> None:
        offset, scale = _offset_and_scale(statistics, mode)
        self.offset = offset.astype(np.float32)
        self.scale = np.where(scale < _SMALLEST_SCALE, 1.0, scale).astype(np.float32)

    def normalize(self, values: ValuesT) -> ValuesT:
        """Return normalised values, `(..., D)`; NumPy or torch, on its device."""
        offset, scale = self._like(values)
        normalized: ValuesT = (values - offset) / scale
        return normalized

    def denormalize(self, values: ValuesT) -> ValuesT:
        """Return what `normalize` made `values` of, `(..., D)`."""
        offset, scale = self._like(values)
        denormalized: ValuesT = values * scale + offset
        return denormalized

    def _like(self, values: ValuesT) -> tuple[ValuesT, ValuesT]:
        if isinstance(values, torch.Tensor):
            return (
                torch.from_numpy(self.offset).to(values.device),
                torch.from_numpy(self.scale).to(values.device),
            )
        return self.offset, self.scale


@final
class Normalization:
    """The normalizers of a run, from the statistics of its training set."""

    def __init__(self, statistics: Statistics, config: NormalizationConfig) -> None:
        self.actions = Normalizer(statistics.actions, config.actions)
        self.proprioception = Normalizer(statistics.proprioception, config.proprioception)


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
