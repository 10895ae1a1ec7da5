"""A Gaussian policy: a normal distribution for every value of the chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from spawnnet_policies.checks import require_choice, require_layers, require_positive
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.noise import gaussian_noise
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy
from spawnnet_policies.trunk import ACTIVATIONS, Activation, create_trunk


@dataclass(frozen=True)
class GaussianConfig:
    """Options of the Gaussian policy; deviations are in normalised units (bounds at -1 and 1).

    Attributes:
        layers: Widths of the hidden layers.
        activation: What follows each hidden layer.
        min_std: The smallest standard deviation that can be learned. Far smaller ones make the
            likelihood attend to the values that are already right and neglect the others.
        evaluation_std: Standard deviation of `predict`; None means the learned one.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    layers: tuple[int, ...] = (256, 128)
    activation: Activation = "relu"
    min_std: float = 0.1
    evaluation_std: float | None = 1e-4

    def __post_init__(self) -> None:
        require_layers(self.layers)
        require_choice(self, "activation", ACTIVATIONS)
        require_positive(self, "min_std")
        if self.evaluation_std is not None:
            require_positive(self, "evaluation_std")


@register_policy("gaussian", GaussianConfig)
class GaussianPolicy(Policy):
    """Maximises the likelihood of the chunk under independent normal distributions.

    References:
        Mandlekar et al., "What Matters in Learning from Offline Human Demonstrations", 2021
        (robomimic), whose Gaussian heads use a softplus deviation and low-noise evaluation too.
    """

    def __init__(self, config: GaussianConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.min_std = config.min_std
        self.evaluation_std = config.evaluation_std
        self.trunk = create_trunk(
            self.feature_dim, config.layers, 2 * self.output_dim, config.activation
        )

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the negative log-likelihood of a value; see `Policy.chunk_loss`."""
        log_prob: Tensor = self._distribution(features).log_prob(chunk)  # type: ignore[no-untyped-call]
        return masked_mean(-log_prob.mean(-1), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a sample, close to the mean by default; see `Policy.sample_chunk`."""
        distribution = self._distribution(features)
        std = distribution.stddev if self.evaluation_std is None else self.evaluation_std
        return distribution.mean + std * gaussian_noise(distribution.mean, generator)

    def _distribution(self, features: Tensor) -> Normal:
        """Return the distribution of the chunk, batch shape `(B, T, A)`."""
        raw: Tensor = self.trunk(features)
        mean, raw_std = raw.reshape(-1, 2, self.action_horizon, self.action_dim).unbind(1)
        std = nn.functional.softplus(raw_std) + self.min_std
        return Normal(mean, std, validate_args=False)
