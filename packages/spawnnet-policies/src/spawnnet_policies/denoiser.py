"""The network inside the diffusion and the flow-matching policy."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from spawnnet_policies.attention import (
    ChunkDecoder,
    TransformerSize,
    padding_of,
    token_projection,
)
from spawnnet_policies.policy import PolicySpec


class Denoiser(nn.Module):
    """Predicts something of each step of a noisy chunk, given the features and the time.

    The steps of the chunk are tokens of a transformer decoder whose memory holds the time and the
    features.

    References:
        Chi et al., "Diffusion Policy", 2023, section 3.1 (the transformer variant):
        https://arxiv.org/abs/2303.04137
    """

    def __init__(self, config: TransformerSize, spec: PolicySpec) -> None:
        super().__init__()
        self.feature_token = token_projection(spec.feature_dim, config.width)
        self.time_token = nn.Sequential(
            nn.Linear(config.width, config.width),
            nn.SiLU(),
            nn.Linear(config.width, config.width),
            nn.LayerNorm(config.width),
        )
        self.time_dim = config.width
        self.action_token = nn.Linear(spec.action_dim, config.width)
        self.decoder = ChunkDecoder(config, spec.action_horizon)
        self.output = nn.Linear(config.width, spec.action_dim)

    def forward(
        self, features: Tensor, noisy: Tensor, time: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return the prediction for every step.

        Args:
            features: `(B, D)`.
            noisy: `(B, T, A)`, the noisy normalised chunk.
            time: `(B,)`, in [0, 1].
            mask: `(B, T)`, bool; steps where it is false are not read by the others.

        Returns:
            `(B, T, A)`.
        """
        time_token = self.time_token(sinusoidal_embedding(time, self.time_dim).to(features.dtype))
        memory = torch.stack([time_token, self.feature_token(features)], dim=1)
        padding = None if mask is None else padding_of(mask)
        prediction: Tensor = self.output(self.decoder(self.action_token(noisy), memory, padding))
        return prediction


def sinusoidal_embedding(time: Tensor, width: int) -> Tensor:
    """Return sines and cosines of `time` `(B,)` in [0, 1], as `(B, width)`; `width` is even.

    Wavelengths grow geometrically from 2 pi / 1000 to 20 pi, which is the embedding of Vaswani et
    al., 2017, section 3.5, of the position `1000 * time`.
    """
    half = width // 2
    exponents = torch.arange(half, dtype=time.dtype, device=time.device) / half
    angles = 1000 * time[:, None] * torch.exp(-math.log(10_000) * exponents)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
