"""Random crops, shifts and colours; one draw per sample, for all its frames and views.

Geometry changes rgb and depth alike, so that they stay aligned; colour changes rgb alone. Depth
is never averaged: over an edge, or beside 0 for unknown, that would invent distances.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import numpy as np
import torch
from torch import Tensor

from spawnnet_data.batches.windows import Indices
from spawnnet_data.common.errors import ConfigurationError

# torchvision is imported where it augments: that takes as long as torch itself.


@dataclass(frozen=True)
class AugmentationConfig:
    """What is drawn for a sample.

    Attributes:
        probability: Probability that a sample is augmented at all.
        crop_scale: Smallest and largest share of the area that a crop keeps.
        crop_ratio: Smallest and largest width over height of a crop, before it is resized back.
        shift: Largest shift in each direction as a share of the size; the border is repeated.
        brightness: Brightness is multiplied by a factor within 1 +- this.
        contrast: Contrast is multiplied by a factor within 1 +- this.
        saturation: Saturation is multiplied by a factor within 1 +- this.
        hue: Largest turn of the hue, in full turns, at most 0.5.
    """

    probability: float = 0.5
    crop_scale: tuple[float, float] = (0.7, 1.0)
    crop_ratio: tuple[float, float] = (3 / 4, 4 / 3)
    shift: float = 0.0
    brightness: float = 0.3
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        for name in ("probability", "shift", "brightness", "contrast", "saturation"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(name, f"must be from 0 to 1, got {getattr(self, name)}.")
        if not 0 <= self.hue <= 0.5:
            raise ConfigurationError("hue", f"must be from 0 to 0.5, got {self.hue}.")
        if not 0 < self.crop_scale[0] <= self.crop_scale[1] <= 1:
            message = f"must ascend within (0, 1], got {self.crop_scale}."
            raise ConfigurationError("crop_scale", message)
        if not 0 < self.crop_ratio[0] <= self.crop_ratio[1]:
            message = f"must ascend from above 0, got {self.crop_ratio}."
            raise ConfigurationError("crop_ratio", message)


@final
class Augmentation:
    """Augments batches; a sample's draw depends on seed, epoch and sample alone.

    So neither the number of workers nor where a run was resumed changes it.
    """

    def __init__(self, config: AugmentationConfig, seed: int = 0) -> None:
        self._config = config
        self._seed = seed

    def __call__(
        self, rgb: Tensor, depth: Tensor | None, *, epoch: int, samples: Indices
    ) -> tuple[Tensor, Tensor | None]:
        """Return an augmented copy of a batch.

        Args:
            rgb: `(B, F, V, 3, H, W)` uint8.
            depth: `(B, F, V, 1, H, W)` float32 in metres, or None.
            epoch: Number of the epoch.
            samples: `(B,)`, number of each sample in its data set.

        Returns:
            Both, in their shapes and dtypes; every depth is one of those of the image.
        """
        rgb = rgb.clone()
        depth = None if depth is None else depth.clone()
        for b, sample in enumerate(samples.tolist()):
            generator = np.random.default_rng((self._seed, epoch, sample))
            if generator.random() >= self._config.probability:
                continue
            warp = _Warp.draw(self._config, rgb.shape[-2:], generator)
            rgb[b] = self._recolor(warp(rgb[b], "bilinear"), generator)
            if depth is not None:
                depth[b] = warp(depth[b], "nearest-exact")
        return rgb, depth

    def _recolor(self, rgb: Tensor, generator: np.random.Generator) -> Tensor:
        from torchvision.transforms.v2 import functional as transforms

        config = self._config
        recolored = rgb
        for strength, adjust in (
            (config.brightness, transforms.adjust_brightness),
            (config.contrast, transforms.adjust_contrast),
            (config.saturation, transforms.adjust_saturation),
        ):
            factor = generator.uniform(1 - strength, 1 + strength)
            recolored = adjust(recolored, factor) if strength else recolored
        turn = generator.uniform(-config.hue, config.hue)
        return transforms.adjust_hue(recolored, turn) if config.hue else recolored


@dataclass(frozen=True)
class _Warp:
    """A crop, shifted by up to `margin` pixels over the repeated border, resized to full size."""

    top: int
    left: int
    height: int
    width: int
    margin: tuple[int, int]

    @classmethod
    def draw(
        cls, config: AugmentationConfig, size: torch.Size, generator: np.random.Generator
    ) -> _Warp:
        H, W = size
        area = H * W * generator.uniform(*config.crop_scale)
        log_ratio = generator.uniform(
            math.log(config.crop_ratio[0]), math.log(config.crop_ratio[1])
        )
        # A crop that would be longer than the image is cut, as its ratio cannot be had.
        height = min(H, max(1, round(math.sqrt(area / math.exp(log_ratio)))))
        width = min(W, max(1, round(math.sqrt(area * math.exp(log_ratio)))))
        margin = (round(config.shift * H), round(config.shift * W))
        down, right = (int(generator.integers(-m, m, endpoint=True)) for m in margin)
        top = int(generator.integers(0, H - height, endpoint=True)) + down
        left = int(generator.integers(0, W - width, endpoint=True)) + right
        return cls(top, left, height, width, margin)

    def __call__(
        self, images: Tensor, interpolation: Literal["bilinear", "nearest-exact"]
    ) -> Tensor:
        """Return the warped images `(..., C, H, W)`, the same for all.

        Both interpolations sample at the same points; `nearest` alone would be off by up to half a
        pixel.
        """
        from torchvision.transforms.v2 import InterpolationMode
        from torchvision.transforms.v2 import functional as transforms

        flat = images.flatten(0, -4)
        down, right = self.margin
        if down or right:
            padding = [right, down, right, down]
            flat = transforms.pad(flat, padding, padding_mode="edge")
        warped: Tensor = transforms.resized_crop(
            flat,
            self.top + down,
            self.left + right,
            self.height,
            self.width,
            list(images.shape[-2:]),
            InterpolationMode(interpolation),
            antialias=False,
        )
        return warped.reshape(images.shape)
