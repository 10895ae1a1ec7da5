"""Adapters: how features of a frozen network enter a learned one (SpawnNet, section 3.2)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

ATTENTION_TEMPERATURE = 0.1  # of the original's figures


class Adapter(nn.Module):
    """1x1 convolution, ReLU, then a bilinear resize to the map of the learned stream.

    A `(n, N, D)` tensor is a channels-last image, so nothing is copied before the convolution; the
    resize comes after it and so moves few channels.

    Args:
        in_channels: D of the backbone's layer.
        out_channels: Width of the adapted features.
        grid: (h, w) of the backbone's layer.
        size: (H, W) of the map to match.
        conv_size: Kernel and stride of the convolution on the grid.
        dropout: Probability of leaving a channel of the backbone out of an image, in training.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        grid: tuple[int, int],
        size: tuple[int, int],
        conv_size: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.grid = grid
        self.cells = (grid[0] // conv_size, grid[1] // conv_size)
        self.size = size
        self.dropout = nn.Dropout1d(dropout)
        self.project = nn.Conv2d(in_channels, out_channels, conv_size, stride=conv_size)

    def forward(self, tokens: Tensor | None, count: int) -> tuple[Tensor, Tensor]:
        """Return the activation on the backbone's grid, and the same at the stream's resolution.

        Args:
            tokens: `(n, N, D)`; N = 1 stands for the whole grid; None for features that are zero.
            count: n.

        Returns:
            `(n, C, h, w)` and `(n, C, H, W)`.
        """
        activation = self._project(tokens).relu_()
        activation = activation.expand(count, -1, *self.cells)
        if self.cells == self.size:
            return activation, activation
        return activation, nn.functional.interpolate(activation, self.size, mode="bilinear")

    def _project(self, tokens: Tensor | None) -> Tensor:
        if tokens is None:
            assert self.project.bias is not None
            return self.project.bias.clone()[:, None, None]
        weight, bias = self.project.weight, self.project.bias
        tokens = self.dropout(tokens.to(weight.dtype).mT).mT  # of every cell the same channels
        if tokens.shape[1] == 1:
            return nn.functional.linear(tokens, weight.sum((2, 3)), bias).mT[..., None]
        cells: Tensor = self.project(tokens.mT.reshape(-1, weight.shape[1], *self.grid))
        return cells


def attention_maps(activations: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Return where adapters respond: the softmax over space of the activations' channel norm.

    Args:
        activations: G maps `(n, C, h, w)`, as adapters give them.
        size: (h, w) of the result.

    Returns:
        `(n, G, h, w)`, float32, without gradient; each map sums to one.
    """
    maps = [
        nn.functional.interpolate(activation.detach().float(), size, mode="bilinear").norm(dim=1)
        for activation in activations
    ]
    norms = torch.stack(maps, dim=1)
    return (norms.flatten(2) / ATTENTION_TEMPERATURE).softmax(dim=-1).view_as(norms)
