"""The IMPALA network, learned from scratch: the paper's baseline "LfS"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self, final

import torch
from torch import Tensor, nn

from spawnnet_encoders.configuration import require_at_least
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.residual import (
    STEM_STRIDE,
    ResidualStage,
    create_stem,
    halved,
    stem_size,
)

NUM_STAGES = 3


@dataclass(frozen=True)
class ImpalaConfig:
    """Learning from scratch (SpawnNet, section 4, "LfS"), after IMPALA (Espeholt et al. 2018).

    The original's `large: False` is `joint: true, out_dim: 384`; its `larger` is `width: 128`.

    Attributes:
        width: Channels: 128 is the paper's (`larger`), 64 the smaller network.
        joint: Convolve all frames and views together and map the result to `out_dim` (the
            original's small network) instead of encoding each image by itself.
        out_dim: Width of the image features of the joint network.
        depth: Whether depth is seen; `auto` sees it where observations have it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    width: int = 128
    joint: bool = False
    out_dim: int = 384
    depth: bool | Literal["auto"] = "auto"

    def __post_init__(self) -> None:
        """Reject values out of range."""
        require_at_least(self, 1, "width", "out_dim")
        if self.depth not in (True, False, "auto"):
            raise ConfigurationError("depth", f"must be true, false or auto, got {self.depth!r}.")

    def decided(self, *, has_depth: bool) -> Self:
        """Return the configuration with `auto` replaced by what observations have.

        Raises:
            ConfigurationError: If it asks for depth where there is none.
        """
        if self.depth == "auto":
            return replace(self, depth=has_depth)
        if self.depth and not has_depth:
            raise ConfigurationError("depth", "no view has any, set `auto` or false.")
        return self


@final
class Impala(Encoder):
    """Stem and three residual stages over raw pixels; nothing is pre-trained or frozen.

    The output is the images' features in the order (F, V, C, h, w), then the proprioception.
    """

    def __init__(self, config: ImpalaConfig, shape: ObservationShape) -> None:
        self.check(config, shape)
        super().__init__(shape, backbone=None)
        self.config = config.decided(has_depth=shape.has_depth)
        images = shape.num_frames * shape.num_views
        channels = 4 if self.config.depth else 3
        self.stem = create_stem(channels * images if config.joint else channels, config.width)
        self.stages = nn.Sequential(
            *(ResidualStage(config.width, config.width) for _ in range(NUM_STAGES))
        )
        h, w = halved(stem_size(shape.image_size), NUM_STAGES)
        map_dim = config.width * h * w
        self.project = nn.Linear(map_dim, config.out_dim) if config.joint else nn.Identity()
        self.output_dim = (
            (config.out_dim if config.joint else images * map_dim)
            + shape.num_frames * shape.proprioception_dim
        )  # fmt: skip
        self.to(memory_format=torch.channels_last)

    @classmethod
    def check(cls, config: ImpalaConfig, shape: ObservationShape) -> None:
        """Raise the ConfigurationError that building would raise, without building anything."""
        config.decided(has_depth=shape.has_depth)
        if shape.image_size[0] % STEM_STRIDE or shape.image_size[1] % STEM_STRIDE:
            h, w = shape.image_size
            raise ConfigurationError(
                "image_size", f"{h}x{w} is not a multiple of the stem's stride 4."
            )

    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        """Encode raw pixels; there are no frozen features and no attention maps."""
        del frozen, attention
        x = self.stages(self.stem(self._pixels(observation))).relu()
        x = x.flatten(1)  # C h w
        if self.config.joint:
            x = self.project(x).relu()
        features = x.reshape(observation["rgb"].shape[0], -1)  # (B F V) D -> B (F V D)
        if self.proprioception_dim:
            proprioception = self.shape.proprioception(observation).flatten(1)
            features = torch.cat((features, proprioception), dim=1)
        return EncoderOutput(features, None)

    def _pixels(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return `(n, C, H, W)`: colours in [0, 1], then depth in metres, not clipped."""
        start, end = (1, 3) if self.config.joint else (0, 2)
        parts = [self.shape.rgb(observation) / 255]
        if self.config.depth:
            parts.append(self.shape.depth(observation).float())
        if self.config.joint:  # all colours first, then all depths
            return torch.cat([part.flatten(start, end) for part in parts], dim=1)
        pixels = torch.cat([part.flatten(start, end) for part in parts], dim=1)
        return pixels.contiguous(memory_format=torch.channels_last)
