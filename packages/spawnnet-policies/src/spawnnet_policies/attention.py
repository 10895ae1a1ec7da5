"""Transformer parts that the sequence heads share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from spawnnet_policies.checks import require_divisible, require_fraction, require_positive
from spawnnet_policies.errors import ConfigurationError


@dataclass(frozen=True)
class TransformerSize:
    """The size of a transformer; the options that all sequence heads have.

    Attributes:
        width: Width of a token; even.
        num_heads: Attention heads; divides `width`.
        num_layers: Layers of each stack.
        dropout: Probability of dropping a value in training.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    width: int = 256
    num_heads: int = 4
    num_layers: int = 2
    dropout: float = 0.0

    def __post_init__(self) -> None:
        require_positive(self, "width", "num_heads", "num_layers")
        require_divisible(self, "width", "num_heads")
        if self.width % 2:
            raise ConfigurationError("width", f"must be even, got {self.width}.")
        require_fraction(self, "dropout")


class TokenEncoder(nn.Module):
    """Layers in which the tokens `(B, N, width)` attend to each other."""

    def __init__(self, config: TransformerSize) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(**_layer_arguments(config)) for _ in range(config.num_layers)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, tokens: Tensor, padding: Tensor | None = None) -> Tensor:
        """Return the tokens after all layers; those with `padding` `(B, N)` true are not read."""
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=padding)
        encoded: Tensor = self.norm(tokens)
        return encoded


class ChunkDecoder(nn.Module):
    """Layers in which one token per step of the chunk attends to the others and to a memory."""

    def __init__(self, config: TransformerSize, action_horizon: int) -> None:
        super().__init__()
        self.position = learned_tokens(action_horizon, config.width)
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(**_layer_arguments(config)) for _ in range(config.num_layers)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(
        self, steps: Tensor | None, memory: Tensor, padding: Tensor | None = None
    ) -> Tensor:
        """Return a token per step.

        Args:
            steps: `(B, T, width)`, what is known of each step; None starts from its position only.
            memory: `(B, M, width)`, what all steps read.
            padding: `(B, T)`, bool, true for steps that no other step may read.

        Returns:
            `(B, T, width)`.
        """
        position = self.position.expand(memory.shape[0], -1, -1)
        tokens = position if steps is None else steps + position
        for layer in self.layers:
            tokens = layer(tokens, memory, tgt_key_padding_mask=padding)
        decoded: Tensor = self.norm(tokens)
        return decoded


def learned_tokens(count: int, width: int) -> nn.Parameter:
    """Return `(1, count, width)` learned vectors: positions or queries."""
    return nn.Parameter(0.02 * torch.randn(1, count, width))


def token_projection(input_dim: int, width: int) -> nn.Sequential:
    """Return a map from vectors of any scale to tokens of unit scale."""
    return nn.Sequential(nn.Linear(input_dim, width), nn.LayerNorm(width))


def padding_of(mask: Tensor) -> Tensor:
    """Return which steps attention must not read, given which are real, both `(B, T)`.

    A sample without any real step keeps all of them: attention over nothing is not a number.
    """
    return ~mask & mask.any(dim=1, keepdim=True)


def _layer_arguments(config: TransformerSize) -> dict[str, Any]:
    return {
        "d_model": config.width,
        "nhead": config.num_heads,
        "dim_feedforward": 4 * config.width,
        "dropout": config.dropout,
        "activation": "gelu",
        "batch_first": True,
        "norm_first": True,
    }
