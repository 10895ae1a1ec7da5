"""Every visual encoder of SpawnNet, over any timm backbone."""

from spawnnet_encoders.__about__ import __version__
from spawnnet_encoders.backbone import BackboneConfig
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.impala import Impala, ImpalaConfig
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.registry import (
    check_encoder,
    create_encoder,
    encoder_config,
    list_encoders,
)
from spawnnet_encoders.spawnnet import SpawnNet, SpawnNetConfig

__all__ = [
    "BackboneConfig",
    "Encoder",
    "EncoderOutput",
    "Impala",
    "ImpalaConfig",
    "ObservationShape",
    "SpawnNet",
    "SpawnNetConfig",
    "__version__",
    "check_encoder",
    "create_encoder",
    "encoder_config",
    "list_encoders",
]
