"""The ACT policy: a chunk decoder trained as a conditional variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spawnnet_policies.attention import (
    ChunkDecoder,
    TokenEncoder,
    TransformerSize,
    learned_tokens,
    token_projection,
)
from spawnnet_policies.checks import require_positive
from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.noise import gaussian_noise
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy


@dataclass(frozen=True)
class ACTConfig(TransformerSize):
    """Options of the ACT policy; smaller by default than the paper's (width 512, 4 layers).

    Attributes:
        dropout: Probability of dropping a value in training.
        latent_dim: Width of the style variable z.
        kl_weight: Weight of the divergence from the prior, the paper's beta.
    """

    dropout: float = 0.1
    latent_dim: int = 32
    kl_weight: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive(self, "latent_dim")
        if self.kl_weight < 0:
            raise ConfigurationError("kl_weight", f"must not be negative, got {self.kl_weight}.")


@register_policy("act", ACTConfig)
class ACTPolicy(Policy):
    """Reconstructs the chunk from the features and a latent z that encodes it.

    In training z comes from an encoder that reads the chunk; `predict` sets it to 0, the mean of
    its prior, so it is not random. The feature vector takes the place of the paper's image tokens.

    References:
        Zhao et al., "Learning Fine-Grained Bimanual Manipulation with Low-Cost Hardware", 2023,
        section IV-C, algorithms 1 and 2: https://arxiv.org/abs/2304.13705
    """

    def __init__(self, config: ACTConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.kl_weight = config.kl_weight
        self.latent_dim = config.latent_dim
        # The encoder q(z | features, chunk): used in training only.
        self.summary_token = learned_tokens(1, config.width)
        self.posterior_feature_token = token_projection(self.feature_dim, config.width)
        self.action_token = nn.Linear(self.action_dim, config.width)
        self.action_position = learned_tokens(self.action_horizon, config.width)
        self.posterior = TokenEncoder(config)
        self.latent_statistics = nn.Linear(config.width, 2 * self.latent_dim)
        # The decoder p(chunk | features, z).
        self.feature_token = token_projection(self.feature_dim, config.width)
        self.latent_token = token_projection(self.latent_dim, config.width)
        self.decoder = ChunkDecoder(config, self.action_horizon)
        self.output = nn.Linear(config.width, self.action_dim)

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the absolute error plus the weighted divergence; see `Policy.chunk_loss`."""
        mean, log_variance = self._encode(features, chunk, mask)
        latent = mean + (log_variance / 2).exp() * gaussian_noise(mean, None)
        error = (self._decode(features, latent) - chunk).abs().mean(-1)  # (B, T)
        # KL(N(mean, variance) || N(0, 1)), summed over the latent: Kingma and Welling, 2014, B.
        divergence = (mean.square() + log_variance.exp() - log_variance - 1).sum(-1) / 2
        return masked_mean(error, mask) + self.kl_weight * masked_mean(divergence, mask.any(dim=1))

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the chunk for z = 0, which is not random; see `Policy.sample_chunk`."""
        return self._decode(features, features.new_zeros(features.shape[0], self.latent_dim))

    def _encode(self, features: Tensor, chunk: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the log variance of z, each `(B, latent_dim)`."""
        summary = self.summary_token.expand(features.shape[0], -1, -1)
        condition = self.posterior_feature_token(features).unsqueeze(1)
        steps = self.action_token(chunk) + self.action_position
        padding = nn.functional.pad(~mask, (2, 0), value=False)
        tokens = self.posterior(torch.cat([summary, condition, steps], dim=1), padding)
        mean, log_variance = self.latent_statistics(tokens[:, 0]).chunk(2, dim=-1)
        return mean, log_variance

    def _decode(self, features: Tensor, latent: Tensor) -> Tensor:
        memory = torch.stack([self.latent_token(latent), self.feature_token(features)], dim=1)
        chunk: Tensor = self.output(self.decoder(None, memory))
        return chunk
