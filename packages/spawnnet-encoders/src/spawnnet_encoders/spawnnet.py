"""SpawnNet: a convolutional network that takes in features of a frozen one at several depths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, final

import torch
from torch import Tensor, nn

from spawnnet_encoders.adapter import Adapter, attention_maps
from spawnnet_encoders.backbone import Backbone, BackboneConfig
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.normalization import Normalization
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.residual import ResidualStage, halved
from spawnnet_encoders.tokens import class_or_mean, unit_length

MAX_DEPTH = 2.0  # metres: the original clips what is farther
STEM_STRIDE = 4


@dataclass(frozen=True)
class SpawnNetConfig:
    """SpawnNet (Lin et al. 2023, https://arxiv.org/abs/2307.03567, section 3), paper's defaults.

    Attributes:
        backbone: The network that gives the features, one layer per stage.
        width: Channels of the learned stream.
        adapter_width: Channels of each adapter; None means `width`.
        version: Which stages take in features: all (`default`), `last_two` or `last_only`.
        features: `dense` tokens, or the `class_token` spread over the map (without one, the mean).
        channels: What the learned stream sees; the ablations of the paper blank the rest.
        pretrained_features: False replaces the backbone's features by zeros; it is then not run.
        conv_size: Kernel and stride of the adapters' convolution, in cells of the backbone.
        original_class_token: Where a backbone has no class token, take the first dense feature
            instead of the mean, as the original did for R3M.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    width: int = 64
    adapter_width: int | None = None
    version: Literal["default", "last_two", "last_only"] = "default"
    features: Literal["dense", "class_token"] = "dense"
    channels: Literal["rgbd", "rgb", "depth", "none"] = "rgbd"
    pretrained_features: bool = True
    conv_size: int = 1
    original_class_token: bool = False

    def __post_init__(self) -> None:
        """Reject values out of range."""
        choices = {
            "version": ("default", "last_two", "last_only"),
            "features": ("dense", "class_token"),
            "channels": ("rgbd", "rgb", "depth", "none"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: must be one of {allowed}, got {getattr(self, name)!r}.")
        for name in ("width", "conv_size", "adapter_width"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: must be at least 1, got {value}.")


@final
class SpawnNet(Encoder):
    """The paper's encoder: stem, one stage per layer of the backbone, flattened features.

    The output is, per frame, the last stage's map of every view in the order (V, h, w, C), then
    the proprioception of the frame.
    """

    def __init__(
        self,
        config: SpawnNetConfig,
        shape: ObservationShape,
        *,
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.check(config, shape)
        layout = config.backbone.layout(shape.image_size)
        backbone = None
        if config.pretrained_features:
            backbone = Backbone(config.backbone, shape.image_size, state=state)
        super().__init__(shape, backbone)
        self.config = config
        self.layout = layout
        num_stages = len(layout.layers)
        self.first_fused = {"default": 0, "last_two": num_stages - 2, "last_only": num_stages - 1}[
            config.version
        ]
        sizes = [halved(stem_size(shape.image_size), stage + 1) for stage in range(num_stages)]
        self.attention_size = sizes[0]
        width, fused = config.width, config.adapter_width or config.width
        self.stem = nn.Conv2d(4, width, kernel_size=STEM_STRIDE, stride=STEM_STRIDE)
        self.stages = nn.ModuleList(
            ResidualStage(
                width,
                width,
                fused if stage >= self.first_fused else 0,
                width if self.first_fused <= stage < num_stages - 1 else None,
            )
            for stage in range(num_stages)
        )
        self.adapters = nn.ModuleList(
            Adapter(
                layout.channels[stage],
                fused,
                grid=layout.grids[stage],
                size=sizes[stage],
                conv_size=config.conv_size,
            )
            for stage in range(self.first_fused, num_stages)
        )
        self.normalize = Normalization(
            config.backbone.mean or layout.mean, config.backbone.std or layout.std
        )
        map_dim = (width + fused) * sizes[-1][0] * sizes[-1][1]
        self.output_dim = shape.num_frames * (shape.num_views * map_dim + shape.proprioception_dim)
        self.to(memory_format=torch.channels_last)

    @classmethod
    def check(cls, config: SpawnNetConfig, shape: ObservationShape) -> None:
        """Raise the ValueError that building would raise, without building anything."""
        layout = config.backbone.layout(shape.image_size)
        if config.version == "last_two" and len(layout.layers) < 2:
            raise ValueError("version: `last_two` needs at least two layers, got one.")
        smallest = min(min(grid) for grid in layout.grids)
        if config.conv_size > smallest:
            raise ValueError(
                f"conv_size: must be at most the smallest grid of the backbone, {smallest}, "
                f"got {config.conv_size}."
            )

    def extract(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Return unit-length tokens `(n, N, D)` per fused layer; N is 1 for class tokens."""
        assert self.backbone is not None
        layers = self.backbone(self.normalize(rgb))[self.first_fused :]
        return tuple(unit_length(self._select(tokens, token)) for tokens, token in layers)

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
        count = B * F * V
        adapted = [
            adapter(tokens, count)
            for adapter, tokens in zip(self.adapters, self._tokens(frozen), strict=True)
        ]
        joining = iter(resized for _, resized in adapted)
        x = self.stem(self._pixels(observation))
        for i, stage in enumerate(self.stages):
            x = stage(x, next(joining) if i >= self.first_fused else None)
        features = x.permute(0, 2, 3, 1).reshape(B, F, -1)  # (B F V) C h w -> B F (V h w C)
        if self.proprioception_dim:
            features = torch.cat((features, self.shape.proprioception(observation)), dim=-1)
        maps = None
        if attention:
            maps = attention_maps([activation for activation, _ in adapted], self.attention_size)
            maps = maps.reshape(B, F, V, *maps.shape[1:])
        return EncoderOutput(features.flatten(1), maps)

    def _tokens(self, frozen: tuple[Tensor, ...]) -> Sequence[Tensor | None]:
        """Return `(n, N, D)` for each adapter, or None where the features are switched off."""
        if self.backbone is None:
            return [None] * len(self.adapters)
        return [tokens.flatten(0, 2) for tokens in frozen]

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


def stem_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the stem's map."""
    return image_size[0] // STEM_STRIDE, image_size[1] // STEM_STRIDE
