"""Queries, keys and values of one attention layer as features of their own."""

from typing import Any, Literal

import torch
from torch import Tensor, nn

Facet = Literal["key", "query", "value", "token"]
POSITION = {"query": 0, "key": 1, "value": 2}


class FacetBlock(nn.Module):
    """Stands in for the last transformer block and gives one facet of its attention.

    Only the third of the projection that is asked for is kept. Its rows are ordered as in
    "Deep ViT Features as Dense Visual Descriptors" (Amir et al. 2021) and in the original release:
    by channel of a head first, then by head.

    Args:
        block: A timm block with `norm1` and `attn.qkv`.
        facet: `key`, `query` or `value`.
    """

    def __init__(self, block: Any, facet: Facet) -> None:
        super().__init__()
        self.norm = block.norm1
        source, heads = block.attn.qkv, block.attn.num_heads
        self.project = nn.Linear(
            source.in_features, source.out_features // 3, bias=source.bias is not None
        )
        with torch.no_grad():
            self.project.weight.copy_(_rows(source.weight, facet, heads))
            if source.bias is not None:
                self.project.bias.copy_(_rows(source.bias, facet, heads))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the facet, `(n, N, D)`, of the tokens that enter the block."""
        projected: Tensor = self.project(self.norm(tokens))
        return projected


def _rows(weight: Tensor, facet: Facet, heads: int) -> Tensor:
    """Return a third of a qkv parameter, rows from (head, channel) order to (channel, head)."""
    third = weight.chunk(3)[POSITION[facet]]
    return third.reshape(heads, -1, *weight.shape[1:]).transpose(0, 1).reshape(third.shape)
