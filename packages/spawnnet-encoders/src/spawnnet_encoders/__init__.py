"""Every visual encoder of SpawnNet, over any timm backbone."""

from spawnnet_encoders.__about__ import __version__
from spawnnet_encoders.backbone.backbone import BackboneConfig
from spawnnet_encoders.backbone.listing import count_parameters, list_backbones
from spawnnet_encoders.backbone.own_network import OwnBackboneConfig
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS, NamedWeights
from spawnnet_encoders.encoder import Encoder, EncoderOutput
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.feature_file import FeatureFile
from spawnnet_encoders.feature_store import FeatureStore, KeptFeatures, MemoryFeatures
from spawnnet_encoders.frozen_vit import FrozenViT, FrozenViTConfig, MVPBackboneConfig, MVPConfig
from spawnnet_encoders.hub import find_folder, upload
from spawnnet_encoders.impala import Impala, ImpalaConfig
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.original import encoder_from_original
from spawnnet_encoders.pretrained import (
    from_pretrained,
    load_backbone,
    push_to_hub,
    save_backbone,
    save_encoder,
    without_weights,
)
from spawnnet_encoders.quantization import FeatureFormat
from spawnnet_encoders.r3m import R3M, R3MBackboneConfig, R3MConfig
from spawnnet_encoders.registry import (
    check_encoder,
    create_encoder,
    encoder_config,
    encoder_name,
    list_encoders,
    register_encoder,
)
from spawnnet_encoders.spawnnet import SpawnNet, SpawnNetConfig
from spawnnet_encoders.synchronized import SynchronizedBatchNorm, synchronize_batch_norms
from spawnnet_encoders.visualization import render_attention, render_features

__all__ = [
    "NAMED_WEIGHTS",
    "R3M",
    "BackboneConfig",
    "ConfigurationError",
    "Encoder",
    "EncoderOutput",
    "FeatureFile",
    "FeatureFormat",
    "FeatureStore",
    "FrozenViT",
    "FrozenViTConfig",
    "Impala",
    "ImpalaConfig",
    "KeptFeatures",
    "MVPBackboneConfig",
    "MVPConfig",
    "MemoryFeatures",
    "NamedWeights",
    "ObservationShape",
    "OwnBackboneConfig",
    "R3MBackboneConfig",
    "R3MConfig",
    "SpawnNet",
    "SpawnNetConfig",
    "SynchronizedBatchNorm",
    "__version__",
    "check_encoder",
    "count_parameters",
    "create_encoder",
    "encoder_config",
    "encoder_from_original",
    "encoder_name",
    "find_folder",
    "from_pretrained",
    "list_backbones",
    "list_encoders",
    "load_backbone",
    "push_to_hub",
    "register_encoder",
    "render_attention",
    "render_features",
    "save_backbone",
    "save_encoder",
    "synchronize_batch_norms",
    "upload",
    "without_weights",
]
