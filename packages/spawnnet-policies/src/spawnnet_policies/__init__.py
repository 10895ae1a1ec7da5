"""Policy heads for imitation learning: features in, action chunks within bounds out."""

from spawnnet_policies.__about__ import __version__
from spawnnet_policies.act import ACTConfig, ACTPolicy
from spawnnet_policies.controller import Controller
from spawnnet_policies.diffusion import DiffusionConfig, DiffusionPolicy
from spawnnet_policies.execution import ChunkExecutor
from spawnnet_policies.flow_matching import FlowMatchingConfig, FlowMatchingPolicy
from spawnnet_policies.gaussian import GaussianConfig, GaussianPolicy
from spawnnet_policies.gmm import GMMConfig, GMMPolicy
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.mlp import MLPConfig, MLPPolicy
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
    "Controller",
    "DiffusionConfig",
    "DiffusionPolicy",
    "FlowMatchingConfig",
    "FlowMatchingPolicy",
    "GMMConfig",
    "GMMPolicy",
    "GaussianConfig",
    "GaussianPolicy",
    "MLPConfig",
    "MLPPolicy",
    "Policy",
    "PolicySpec",
    "TransformerConfig",
    "TransformerPolicy",
    "__version__",
    "create_policy",
    "list_policies",
    "masked_mean",
    "policy_config",
    "register_policy",
]
