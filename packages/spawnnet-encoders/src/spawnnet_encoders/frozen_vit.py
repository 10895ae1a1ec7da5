"""Frozen baselines: one layer of a frozen network, and the proprioception, as features."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, final

import torch
from torch import Tensor, nn

from spawnnet_encoders.backbone.backbone import Backbone, BackboneConfig
from spawnnet_encoders.backbone.facet import Facet
from spawnnet_encoders.backbone.normalization import Normalization
from spawnnet_encoders.configuration import require_at_least, require_choice
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.tokens import class_or_mean, unit_length

Features = Literal["class_token", "dense"]


@dataclass(frozen=True)
class FrozenViTConfig:
    """The paper's frozen DINO baseline (SpawnNet, section 4; features after Amir et al. 2021).

    Attributes:
        backbone: The network and its one layer; None picks the last for tokens, and block 9 of 12,
            in proportion, for the other facets. `stride` makes a finer grid.
        facet: What of the layer: its tokens, or keys, queries or values of its attention.
        features: The `class_token` (without one, the mean), or `dense` features, flattened.
        pool: Side of the average pooling of dense features; 5 is the original's `downsample`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    facet: Facet = "key"
    features: Features = "class_token"
    pool: int = 1

    def __post_init__(self) -> None:
        """Reject values out of range."""
        require_choice(self, facet=Facet, features=Features)
        require_at_least(self, 1, "pool")

    def one_layer(self, image_size: tuple[int, int]) -> BackboneConfig:
        """Return the backbone with its one layer."""
        return self.backbone.with_one_layer(
            image_size, lambda count: count - 1 if self.facet == "token" else 3 * count // 4
        )


@dataclass(frozen=True)
class MVPBackboneConfig(BackboneConfig):
    """`BackboneConfig` with the network of the MVP baseline."""

    model: str = "mvp_vitb_egosoup"


@dataclass(frozen=True)
class MVPConfig(FrozenViTConfig):
    """The MVP baseline (SpawnNet, section 4; MVP, Radosavovic et al. 2022): last class token."""

    backbone: MVPBackboneConfig = field(default_factory=MVPBackboneConfig)
    facet: Facet = "token"


@final
class FrozenViT(Encoder):
    """Unit-length features of one layer; nothing here is trained unless the backbone is.

    The output is, for every frame and view, the features and then the proprioception of the frame.
    """

    frozen_options = ("facet", "features", "pool")

    def __init__(
        self,
        config: FrozenViTConfig,
        shape: ObservationShape,
        *,
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.check(config, shape)
        one_layer = config.one_layer(shape.image_size)
        backbone = Backbone(one_layer, shape.image_size, facet=config.facet, state=state)
        super().__init__(shape, backbone)
        self.config = config
        layout = backbone.layout
        self.normalize = Normalization(layout.mean, layout.std)
        self.grid = layout.grids[0]
        h, w = (cells // config.pool for cells in self.grid)
        dim = layout.channels[0] * (h * w if config.features == "dense" else 1)
        images = shape.num_frames * shape.num_views
        self.output_dim = images * (dim + shape.proprioception_dim)

    @classmethod
    def check(cls, config: FrozenViTConfig, shape: ObservationShape) -> None:
        """Raise the ConfigurationError that building would raise, without building anything."""
        layout = config.one_layer(shape.image_size).layout(shape.image_size)
        if config.facet != "token" and not layout.has_facets:
            raise ConfigurationError(
                "facet", f"`{layout.model}` has no {config.facet}s of its own, use `token`."
            )
        if config.features == "dense" and config.pool > min(layout.grids[0]):
            raise ConfigurationError(
                "pool", f"the grid has only {layout.grids[0]} cells, got {config.pool}."
            )

    def descriptors(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """Return the class token and the dense features of images.

        Args:
            rgb: `(n, 3, H, W)`, uint8.

        Returns:
            `(n, D)` and `(n, h, w, D)`, float32, every vector of unit length.
        """
        assert self.backbone is not None
        ((tokens, class_token),) = self.backbone(self.normalize(rgb))
        dense = unit_length(tokens)
        class_token = unit_length(class_or_mean(tokens, class_token))
        return class_token, dense.reshape(dense.shape[0], *self.grid, -1)

    def extract(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Return the features of each image, `(n, D)`."""
        class_token, dense = self.descriptors(rgb)
        if self.config.features == "class_token":
            return (class_token,)
        pooled = nn.functional.avg_pool2d(dense.permute(0, 3, 1, 2), self.config.pool)
        return (pooled.flatten(1),)

    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        """Join the features of each image with the proprioception; there are no attention maps."""
        del attention
        (features,) = frozen
        features = features.float()
        if self.proprioception_dim:
            proprioception = self.shape.proprioception(observation)[:, :, None]
            repeated = proprioception.expand(-1, -1, self.num_views, -1)
            features = torch.cat((features, repeated), dim=-1)
        return EncoderOutput(features.flatten(1), None)
