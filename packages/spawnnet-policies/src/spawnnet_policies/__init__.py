"""Policy heads for imitation learning: features in, action chunks within bounds out."""

from spawnnet_policies.__about__ import __version__
from spawnnet_policies.act import ACTConfig, ACTPolicy
from spawnnet_policies.controller import Controller
from spawnnet_policies.diffusion import DiffusionConfig, DiffusionPolicy
from spawnnet_policies.ensembling import TemporalEnsemble
from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.execution import ChunkExecutor
from spawnnet_policies.flow_matching import FlowMatchingConfig, FlowMatchingPolicy
from spawnnet_policies.gaussian import GaussianConfig, GaussianPolicy
from spawnnet_policies.gmm import GMMConfig, GMMPolicy
from spawnnet_policies.history import FeatureHistory
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.mlp import MLPConfig, MLPPolicy
from spawnnet_policies.normalization import NormalizedPolicy, action_range
from spawnnet_policies.original import policy_from_original
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import (
    create_policy,
    list_policies,
    policy_config,
    register_policy,
)
from spawnnet_policies.transformer import TransformerConfig, TransformerPolicy

__all__ = [
    "ACTConfig",
    "ACTPolicy",
    "ChunkExecutor",
    "ConfigurationError",
    "Controller",
    "DiffusionConfig",
    "DiffusionPolicy",
    "FeatureHistory",
    "FlowMatchingConfig",
    "FlowMatchingPolicy",
    "GMMConfig",
    "GMMPolicy",
    "GaussianConfig",
    "GaussianPolicy",
    "MLPConfig",
    "MLPPolicy",
    "NormalizedPolicy",
    "Policy",
    "PolicySpec",
    "TemporalEnsemble",
    "TransformerConfig",
    "TransformerPolicy",
    "__version__",
    "action_range",
    "create_policy",
    "list_policies",
    "masked_mean",
    "policy_config",
    "policy_from_original",
    "register_policy",
]
