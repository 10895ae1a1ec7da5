"""Turn uint8 images into what a network was trained on."""

import torch
from torch import Tensor, nn

Colour = tuple[float, float, float]


class Normalization(nn.Module):
    """(rgb / 255 - mean) / std, folded into one scale and one offset.

    Args:
        mean: Per colour, in [0, 1].
        std: Per colour.
    """

    scale: Tensor
    offset: Tensor

    def __init__(self, mean: Colour, std: Colour) -> None:
        super().__init__()
        deviation = torch.tensor(std)[:, None, None]
        self.register_buffer("scale", 1 / (255 * deviation), persistent=False)
        offset = -torch.tensor(mean)[:, None, None] / deviation
        self.register_buffer("offset", offset, persistent=False)

    def forward(self, rgb: Tensor) -> Tensor:
        """Return float images, in the module's dtype, from `(..., 3, H, W)` uint8."""
        return rgb.to(self.scale.dtype).mul_(self.scale).add_(self.offset)
