"""SpawnNet: a convolutional network that takes in features of a frozen one at several depths."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import ClassVar, Literal, Self, final

import torch
from torch import Tensor, nn

from spawnnet_encoders.adapter import Adapter, attention_maps
from spawnnet_encoders.backbone.backbone import Backbone, BackboneConfig
from spawnnet_encoders.backbone.layout import BackboneLayout
from spawnnet_encoders.backbone.normalization import Normalization
from spawnnet_encoders.configuration import require_at_least, require_choice, require_fraction
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.residual import ResidualStage, create_stem, halved, stem_size
from spawnnet_encoders.stage import SpawnNetStage
from spawnnet_encoders.tokens import class_or_mean, unit_length

MAX_DEPTH = 2.0  # metres: the original clips what is farther

Version = Literal["default", "last_two", "last_only"]
Features = Literal["dense", "class_token"]
Channels = Literal["auto", "rgbd", "rgb", "depth", "none"]


@dataclass(frozen=True)
class SpawnNetConfig:
    """SpawnNet (Lin et al. 2023, https://arxiv.org/abs/2307.03567, section 3), paper's defaults.

    Attributes:
        backbone: The network that gives the features, one layer per stage.
        width: Channels of the learned stream.
        adapter_width: Channels of each adapter; None means `width`.
        version: Which stages take in features: all (`default`), `last_two` or `last_only`.
        features: `dense` tokens, or the `class_token` spread over the map (without one, the mean).
        channels: What the learned stream sees; `auto` is `rgbd` where observations have depth, else
            `rgb`. The ablations of the paper blank the rest.
        pretrained_features: False replaces the backbone's features by zeros; it is then not run.
        conv_size: Kernel and stride of the adapters' convolution, in cells of the backbone.
        feature_dropout: Probability of leaving a channel of the features out of an image in
            training, which keeps students from knowing training scenes by heart; not the paper's.
        original_class_token: Where a backbone has no class token, take the first dense feature
            instead of the mean, as the original did for R3M.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    width: int = 64
    adapter_width: int | None = None
    version: Version = "default"
    features: Features = "dense"
    channels: Channels = "auto"
    pretrained_features: bool = True
    conv_size: int = 1
    feature_dropout: float = 0.0
    original_class_token: bool = False

    def __post_init__(self) -> None:
        """Reject values out of range."""
        require_choice(self, version=Version, features=Features, channels=Channels)
        require_at_least(self, 1, "width", "conv_size", "adapter_width")
        require_fraction(self, "feature_dropout")

    def decided(self, *, has_depth: bool) -> Self:
        """Return the configuration with `auto` replaced by what observations have.

        Raises:
            ConfigurationError: If it asks for depth where there is none.
        """
        if self.channels == "auto":
            return replace(self, channels="rgbd" if has_depth else "rgb")
        if self.channels in ("rgbd", "depth") and not has_depth:
            message = f"`{self.channels}` needs depth and no view has any, set `auto` or `rgb`."
            raise ConfigurationError("channels", message)
        return self

    def fused(self, num_stages: int) -> tuple[bool, ...]:
        """Return for each stage whether it takes in a layer of the backbone."""
        first = {"default": 0, "last_two": num_stages - 2, "last_only": num_stages - 1}
        return tuple(stage >= first[self.version] for stage in range(num_stages))


@final
class SpawnNet(Encoder):
    """The paper's encoder: stem, one stage per layer of the backbone, flattened features.

    The output is, per frame, the last stage's map of every view in the order (V, h, w, C), then
    the proprioception of the frame.
    """

    frozen_options = ("version", "features", "original_class_token")

    def __init__(
        self,
        config: SpawnNetConfig,
        shape: ObservationShape,
        *,
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.check(config, shape)
        backbone = None
        if config.pretrained_features:
            backbone = Backbone(config.backbone, shape.image_size, state=state)
        super().__init__(shape, backbone)
        self.config = config.decided(has_depth=shape.has_depth)
        self.layout = config.backbone.layout(shape.image_size)
        self.normalize = Normalization(self.layout.mean, self.layout.std)
        self.stem = create_stem(4, config.width)
        sizes = _map_sizes(self.layout, shape)
        self.stages = nn.ModuleList(_create_stages(config, self.layout, sizes))
        self.attention_size = sizes[0]
        channels = config.width + (config.adapter_width or config.width)
        map_dim = channels * sizes[-1][0] * sizes[-1][1]
        self.output_dim = shape.num_frames * (shape.num_views * map_dim + shape.proprioception_dim)
        self.to(memory_format=torch.channels_last)

    @classmethod
    def check(cls, config: SpawnNetConfig, shape: ObservationShape) -> None:
        """Raise the ConfigurationError that building would raise, without building anything."""
        config.decided(has_depth=shape.has_depth)
        layout = config.backbone.layout(shape.image_size)
        if config.version == "last_two" and len(layout.layers) < 2:
            raise ConfigurationError("version", "`last_two` needs at least two layers, got one.")
        smallest = min(min(grid) for grid in layout.grids)
        if config.conv_size > smallest:
            raise ConfigurationError(
                "conv_size",
                f"must be at most the smallest grid of the backbone, {smallest}, "
                f"got {config.conv_size}.",
            )

    def extract(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Return unit-length tokens `(n, N, D)` per fused layer; N is 1 for class tokens."""
        assert self.backbone is not None
        layers = self.backbone(self.normalize(rgb))
        fused = compress(layers, self.config.fused(len(layers)))
        return tuple(unit_length(self._select(*layer)) for layer in fused)

    def _select(self, tokens: Tensor, class_token: Tensor | None) -> Tensor:
        if self.config.features == "dense":
            return tokens
        if class_token is None and self.config.original_class_token:
            return tokens[:, :1]
        return class_or_mean(tokens, class_token)[:, None]

    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        """Encode with features of the backbone that are there already."""
        B, F, V = observation["rgb"].shape[:3]
        x = self.stem(self._pixels(observation))  # (B F V) 4 H W -> (B F V) C H/4 W/4
        activations = []
        for stage, tokens in zip(self.stages, self._tokens(frozen), strict=True):
            x, activation = stage(x, tokens)  # (B F V) C h w, half as high and wide as before
            activations.append(activation)
        features = x.permute(0, 2, 3, 1).reshape(B, F, -1)  # (B F V) C h w -> B F (V h w C)
        if self.proprioception_dim:
            features = torch.cat((features, self.shape.proprioception(observation)), dim=-1)
        maps = None
        if attention:
            adapted = [activation for activation in activations if activation is not None]
            maps = attention_maps(adapted, self.attention_size)  # (B F V) G h w
            maps = maps.reshape(B, F, V, *maps.shape[1:])  # B F V G h w
        return EncoderOutput(features.flatten(1), maps)

    def _tokens(self, frozen: tuple[Tensor, ...]) -> list[Tensor | None]:
        """Return `(n, N, D)` for each stage, or None where there are no features."""
        expected = sum(self.config.fused(len(self.stages))) if self.backbone else 0
        if len(frozen) != expected:
            raise ValueError(f"frozen: expected {expected} layers of features, got {len(frozen)}.")
        tokens = [part.flatten(0, 2) for part in frozen]  # B F V N D -> (B F V) N D
        return [None] * (len(self.stages) - len(tokens)) + tokens

    def _pixels(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return normalised colours and clipped depth as `(n, 4, H, W)`, masked, channels last."""
        rgb = self.shape.rgb(observation).flatten(0, 2)
        pixels = torch.empty(
            (rgb.shape[0], 4, *self.image_size),
            device=rgb.device,
            memory_format=torch.channels_last,
        )
        sees_colour = self.config.channels in ("rgbd", "rgb")
        sees_depth = self.config.channels in ("rgbd", "depth")
        pixels[:, :3] = self.normalize(rgb) if sees_colour else 0.0
        pixels[:, 3:] = self._clipped_depth(observation) if sees_depth else 0.0
        return pixels

    def _clipped_depth(self, observation: Mapping[str, Tensor]) -> Tensor:
        return self.shape.depth(observation).flatten(0, 2).float().clamp(0, MAX_DEPTH)


def _map_sizes(layout: BackboneLayout, shape: ObservationShape) -> list[tuple[int, int]]:
    """Return the size of each stage's map."""
    stem = stem_size(shape.image_size)
    return [halved(stem, stage + 1) for stage in range(len(layout.layers))]


def _create_stages(
    config: SpawnNetConfig, layout: BackboneLayout, sizes: list[tuple[int, int]]
) -> list[SpawnNetStage]:
    width, adapter_width = config.width, config.adapter_width or config.width
    fused = config.fused(len(sizes))
    residuals = [
        ResidualStage(
            width,
            width,
            fused_channels=adapter_width if joins else 0,
            out_channels=width if joins and stage < len(sizes) - 1 else None,
        )
        for stage, joins in enumerate(fused)
    ]
    # Adapters get their random weights after all stages: the order is part of what a seed gives.
    adapters = [
        Adapter(
            channels,
            adapter_width,
            grid=grid,
            size=size,
            conv_size=config.conv_size,
            dropout=config.feature_dropout,
        )
        if joins
        else None
        for joins, channels, grid, size in zip(
            fused, layout.channels, layout.grids, sizes, strict=True
        )
    ]
    return list(map(SpawnNetStage, residuals, adapters))
