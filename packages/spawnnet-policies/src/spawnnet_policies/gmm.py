"""A Gaussian mixture policy: several ways to act, each with a probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Normal

from spawnnet_policies.checks import require_choice, require_layers, require_positive
from spawnnet_policies.noise import gaussian_noise
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy
from spawnnet_policies.trunk import ACTIVATIONS, Activation, create_trunk

EvaluationMode = Literal["drawn", "most_likely"]


@dataclass(frozen=True)
class GMMConfig:
    """Options of the mixture policy; deviations are in normalised units (bounds at -1 and 1).

    Attributes:
        num_modes: The number of Gaussians, K.
        layers: Widths of the hidden layers.
        activation: What follows each hidden layer.
        min_std: The smallest standard deviation that can be learned. Far smaller ones make the
            likelihood attend to the values that are already right and neglect the others.
        evaluation_mode: Which mode `predict` takes: one `drawn` by its probability, or the
            `most_likely`, which does not waver from one query to the next.
        evaluation_std: Standard deviation of `predict` around the mean of that mode; None means
            the learned one.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    num_modes: int = 5
    layers: tuple[int, ...] = (256, 128)
    activation: Activation = "relu"
    min_std: float = 0.1
    evaluation_mode: EvaluationMode = "drawn"
    evaluation_std: float | None = 1e-4

    def __post_init__(self) -> None:
        require_layers(self.layers)
        require_choice(self, "activation", ACTIVATIONS)
        require_choice(self, "evaluation_mode", get_args(EvaluationMode))
        require_positive(self, "num_modes", "min_std")
        if self.evaluation_std is not None:
            require_positive(self, "evaluation_std")


@register_policy("gmm", GMMConfig)
class GMMPolicy(Policy):
    """Maximises the likelihood of the chunk under a mixture over whole chunks.

    A mode is a whole chunk, so that a sample never mixes the beginning of one way to act with the
    end of another.

    References:
        Bishop, "Mixture Density Networks", 1994, equations 22 to 24; Mandlekar et al., "What
        Matters in Learning from Offline Human Demonstrations", 2021 (robomimic's GMM: 5 modes,
        softplus deviation, low-noise evaluation), which has a mixture per step instead.
    """

    def __init__(self, config: GMMConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.num_modes = config.num_modes
        self.min_std = config.min_std
        self.evaluation_mode = config.evaluation_mode
        self.evaluation_std = config.evaluation_std
        # Not shrunk: the modes start as different chunks.
        self.trunk = create_trunk(
            self.feature_dim,
            config.layers,
            self.num_modes * (1 + 2 * self.output_dim),
            config.activation,
            output_scale=1.0,
        )

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the negative log-likelihood of a value; see `Policy.chunk_loss`."""
        modes, components = self._mixture(features)
        log_prob: Tensor = components.log_prob(chunk.unsqueeze(1))  # type: ignore[no-untyped-call]
        log_prob = log_prob.sum(-1)  # (B, K, T) with K modes
        log_prob = torch.where(mask.unsqueeze(1), log_prob, torch.zeros_like(log_prob)).sum(-1)
        log_likelihood = torch.logsumexp(modes.logits + log_prob, dim=1)  # (B,)
        has_steps = mask.any(dim=1)
        total = torch.where(has_steps, log_likelihood, torch.zeros_like(log_likelihood)).sum()
        return -total / (mask.sum().clamp(min=1) * self.action_dim)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a sample of one mode; see `Policy.sample_chunk`."""
        modes, components = self._mixture(features)
        chosen = (
            _drawn(modes.probs.float(), generator)
            if self.evaluation_mode == "drawn"
            else modes.logits.argmax(-1, keepdim=True)
        )  # (B, 1)
        index = chosen[:, :, None, None].expand(-1, -1, self.action_horizon, self.action_dim)
        mean = components.mean.gather(1, index).squeeze(1)
        std: Tensor | float = (
            components.stddev.gather(1, index).squeeze(1)
            if self.evaluation_std is None
            else self.evaluation_std
        )
        return mean + std * gaussian_noise(mean, generator)

    def _mixture(self, features: Tensor) -> tuple[Categorical, Normal]:
        """Return the distributions over the modes (B, K) and of their chunks (B, K, T, A)."""
        logits, raw = self.trunk(features).split(
            [self.num_modes, 2 * self.num_modes * self.output_dim], dim=-1
        )
        shape = (-1, 2, self.num_modes, self.action_horizon, self.action_dim)
        means, raw_stds = raw.reshape(shape).unbind(1)
        stds = nn.functional.softplus(raw_stds) + self.min_std
        components = Normal(means, stds, validate_args=False)
        return Categorical(logits=logits, validate_args=False), components


def _drawn(probs: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return a draw per row of `probs` (B, K), as indices (B, 1).

    `torch.multinomial` draws one value in this way, too, but raises where a probability is no
    number: here the action is none either, as with every other head, for the caller to see.
    """
    race = torch.empty_like(probs).exponential_(generator=generator)
    return (probs / race).argmax(-1, keepdim=True)
