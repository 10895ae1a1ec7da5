"""Policy heads for imitation learning: features in, action chunks within bounds out."""

from spawnnet_policies.__about__ import __version__
from spawnnet_policies.controller import Controller
from spawnnet_policies.execution import ChunkExecutor
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.mlp import MLPConfig, MLPPolicy
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import (
    create_policy,
    list_policies,
    policy_config,
    register_policy,
)

__all__ = [
    "ChunkExecutor",
    "Controller",
    "MLPConfig",
    "MLPPolicy",
    "Policy",
    "PolicySpec",
    "__version__",
    "create_policy",
    "list_policies",
    "masked_mean",
    "policy_config",
    "register_policy",
]
