"""A transformer policy: a history of feature vectors in, one query per step of the chunk out."""

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
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy


@dataclass(frozen=True)
class TransformerConfig(TransformerSize):
    """Options of the transformer policy.

    Attributes:
        num_frames: F, how many frames the feature vector holds, one after the other, the oldest
            first, as `FeatureHistory` arranges them; divides the width of the features.
    """

    num_frames: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive(self, "num_frames")


@register_policy("transformer", TransformerConfig)
class TransformerPolicy(Policy):
    """Regresses the chunk by squared error from attention over the frames.

    References:
        Vaswani et al., "Attention Is All You Need", 2017, figure 1, with the normalisation before
        each block; the queries of the chunk are learned as in Carion et al., "End-to-End Object
        Detection with Transformers", 2020, section 3.2.
    """

    def __init__(self, config: TransformerConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        if self.feature_dim % config.num_frames:
            raise ConfigurationError(
                "num_frames",
                f"must divide the width of the features, "
                f"got {config.num_frames} frames and width {self.feature_dim}.",
            )
        self.num_frames = config.num_frames
        self.frame_token = token_projection(self.feature_dim // self.num_frames, config.width)
        self.frame_position = learned_tokens(self.num_frames, config.width)
        self.encoder = TokenEncoder(config)
        self.decoder = ChunkDecoder(config, self.action_horizon)
        self.output = nn.Linear(config.width, self.action_dim)

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the mean squared error; see `Policy.chunk_loss`."""
        return masked_mean((self._regress(features) - chunk).square().mean(-1), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the predicted chunk, which is not random; see `Policy.sample_chunk`."""
        return self._regress(features)

    def _regress(self, features: Tensor) -> Tensor:
        frames = features.reshape(features.shape[0], self.num_frames, -1)  # (B, F, D / F)
        memory = self.encoder(self.frame_token(frames) + self.frame_position)
        chunk: Tensor = self.output(self.decoder(None, memory))
        return chunk
