"""The MLP policy of the SpawnNet paper: regression of the chunk by squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from spawnnet_policies.checks import require_choice, require_layers
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy
from spawnnet_policies.trunk import ACTIVATIONS, Activation, create_trunk


@dataclass(frozen=True)
class MLPConfig:
    """Options of the MLP policy; the defaults are the paper's.

    Attributes:
        layers: Widths of the hidden layers.
        activation: What follows each hidden layer.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    layers: tuple[int, ...] = (256, 128)
    activation: Activation = "relu"

    def __post_init__(self) -> None:
        require_layers(self.layers)
        require_choice(self, "activation", ACTIVATIONS)


@register_policy("mlp", MLPConfig)
class MLPPolicy(Policy):
    """Predicts the mean chunk; of two equally good actions it predicts neither.

    The output is not squashed: the loss is the mean squared error in the units of the actions, of
    the unclipped prediction, as in the original release; only `predict` clips.

    References:
        Lin et al., "SpawnNet", 2023: https://arxiv.org/abs/2307.03567
    """

    def __init__(self, config: MLPConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.trunk = create_trunk(
            self.feature_dim, config.layers, self.output_dim, config.activation
        )

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the mean squared error in action units; see `Policy.chunk_loss`."""
        error = (self._regress(features) - chunk) * self.half_range
        return masked_mean(error.square().mean(-1), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the predicted chunk, which is not random; see `Policy.sample_chunk`."""
        return self._regress(features)

    def _regress(self, features: Tensor) -> Tensor:
        chunk: Tensor = self.trunk(features)
        return chunk.reshape(-1, self.action_horizon, self.action_dim)
