"""The R3M baseline: pooled features of a frozen network, batch-normalised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, final

import torch
from torch import Tensor, nn

from spawnnet_encoders.backbone.backbone import Backbone, BackboneConfig
from spawnnet_encoders.backbone.normalization import Normalization
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.tokens import class_or_mean


@dataclass(frozen=True)
class R3MBackboneConfig(BackboneConfig):
    """`BackboneConfig` with the network of the R3M baseline."""

    model: str = "r3m_resnet50"


@dataclass(frozen=True)
class R3MConfig:
    """The R3M baseline (SpawnNet, section 4; R3M, Nair et al. 2022, section 4.1).

    Attributes:
        backbone: The network and its one layer; None picks the last.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    backbone: R3MBackboneConfig = field(default_factory=R3MBackboneConfig)

    def one_layer(self, image_size: tuple[int, int]) -> BackboneConfig:
        """Return the backbone with its one layer, by default the last."""
        return self.backbone.with_one_layer(image_size, lambda count: count - 1)


@final
class R3M(Encoder):
    """Mean features of the last stage, then the only trained part: BatchNorm over all images.

    The output is the features in the order (F, V, D), then the proprioception of every frame,
    repeated for every view, as in the original.
    """

    frozen_options = ()

    def __init__(
        self,
        config: R3MConfig,
        shape: ObservationShape,
        *,
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.check(config, shape)
        backbone = Backbone(config.one_layer(shape.image_size), shape.image_size, state=state)
        super().__init__(shape, backbone)
        self.config = config
        layout = backbone.layout
        self.normalize = Normalization(layout.mean, layout.std)
        self.batch_norm = nn.BatchNorm1d(layout.channels[0])
        images = shape.num_frames * shape.num_views
        self.output_dim = images * (layout.channels[0] + shape.proprioception_dim)

    @classmethod
    def check(cls, config: R3MConfig, shape: ObservationShape) -> None:
        """Raise the ConfigurationError that building would raise, without building anything."""
        config.one_layer(shape.image_size).layout(shape.image_size)

    def extract(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Return the class token or else the mean feature of each image, `(n, D)`."""
        assert self.backbone is not None
        ((tokens, class_token),) = self.backbone(self.normalize(rgb))
        return (class_or_mean(tokens, class_token),)

    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        """Normalise over the batch and append the proprioception; there are no attention maps."""
        del attention
        (pooled,) = frozen
        features = self.batch_norm(pooled.flatten(0, 2).float()).reshape(pooled.shape[0], -1)
        if self.proprioception_dim:
            proprioception = self.shape.proprioception(observation)[:, :, None]
            repeated = proprioception.expand(-1, -1, self.num_views, -1)
            features = torch.cat((features, repeated.flatten(1)), dim=1)
        return EncoderOutput(features, None)
