"""Policies of the original SpawnNet release, as policies of this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.mlp import MLPConfig, MLPPolicy
from spawnnet_policies.policy import PolicySpec
from spawnnet_policies.trunk import Activation

ACTIVATIONS: dict[str, Activation] = {
    "nn.ReLU": "relu",
    "nn.GELU": "gelu",
    "nn.SiLU": "silu",
    "nn.ELU": "elu",
    "nn.Tanh": "tanh",
}


def policy_from_original(
    config: Mapping[str, Any], state_dict: Mapping[str, Tensor], encoder_output_dim: int
) -> MLPPolicy:
    """Build the MLP policy that an original configuration and checkpoint describe.

    It computes the same chunks, except that `predict` keeps them within the bounds, which the
    original does not.

    Args:
        config: The resolved `policy` block of the original's `config.yaml`.
        state_dict: Content of a `policy_*.ckpt`, read with `torch.load(..., weights_only=True)`:
            `trunk.*`, and `scale` and `bias`, which follow from the bounds and are checked.
        encoder_output_dim: D, the width of the features: all frames and views.

    Returns:
        The policy, on the CPU, float32, in evaluation mode.

    Raises:
        ConfigurationError: If the configuration lacks something, has something else than an MLP
            without normalisation layers and final activation, or the weights do not fit it.
    """
    for key in ("layers", "activation", "act_bounds"):
        if key not in config:
            raise ConfigurationError(key, "missing, expected the whole `policy` block.")
    spec = PolicySpec(
        encoder_output_dim, _bounds(config, state_dict), int(config.get("action_horizon", 1))
    )
    policy = MLPPolicy(_mlp_config(config), spec)
    trunk = {key: value for key, value in state_dict.items() if key not in ("scale", "bias")}
    _check_weights(policy, trunk)
    policy.load_state_dict(trunk, strict=False)  # the bounds are not in it
    return policy.eval()


def _mlp_config(config: Mapping[str, Any]) -> MLPConfig:
    """Return our configuration, or raise if the original's has no counterpart."""
    for key, supported in (("name", "MLP"), ("normalization", "None"), ("final_act", False)):
        if config.get(key, supported) != supported:
            raise ConfigurationError(
                key, f"only {supported!r} can be imported, got {config[key]!r}."
            )
    activation = config["activation"]
    if activation not in ACTIVATIONS:
        raise ConfigurationError(
            "activation", f"must be one of {list(ACTIVATIONS)}, got {activation!r}."
        )
    return MLPConfig(layers=tuple(config["layers"]), activation=ACTIVATIONS[activation])


def _bounds(
    config: Mapping[str, Any], state_dict: Mapping[str, Tensor]
) -> tuple[list[float], list[float]]:
    """Return the action bounds after comparing them with the weights derived from them."""
    low, high = config["act_bounds"]
    low_tensor, high_tensor = torch.tensor(low).float(), torch.tensor(high).float()
    derived = {"scale": (high_tensor - low_tensor) / 2, "bias": (high_tensor + low_tensor) / 2}
    for key, expected in derived.items():
        if key in state_dict and not torch.allclose(state_dict[key].float(), expected, atol=1e-6):
            raise ConfigurationError(
                key,
                f"`act_bounds` give {expected.tolist()}, "
                f"the state dict has {state_dict[key].tolist()}.",
            )
    return low, high


def _check_weights(policy: MLPPolicy, trunk: Mapping[str, Tensor]) -> None:
    """Raise a `ConfigurationError` that names the first weight that does not fit."""
    expected = {f"trunk.{key}": value.shape for key, value in policy.trunk.state_dict().items()}
    for key in sorted(expected.keys() | trunk.keys()):
        ours = tuple(expected[key]) if key in expected else None
        theirs = tuple(trunk[key].shape) if key in trunk else None
        if ours != theirs:
            raise ConfigurationError(
                key, f"the configuration asks for shape {ours}, the state dict has {theirs}."
            )
