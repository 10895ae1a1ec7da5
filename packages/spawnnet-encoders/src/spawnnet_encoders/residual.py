"""The stem and the residual stages that SpawnNet and the IMPALA network are made of."""

import torch
from torch import Tensor, nn

STEM_STRIDE = 4  # pixels; also the side of the stem's kernel


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(relu(x)))), at constant width (IMPALA, Espeholt et al. 2018, figure 3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.second = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the same shape."""
        residual: Tensor = self.second(self.first(x.relu()).relu_())
        return residual.add_(x)


class ResidualStage(nn.Module):
    """Convolve, halve the resolution, take in adapted features, refine.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the stage.
        fused_channels: Channels of the adapted features that join after the pooling; 0 for none.
        out_channels: If given, a last 1x1 convolution maps to so many channels.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        fused_channels: int = 0,
        out_channels: int | None = None,
    ) -> None:
        super().__init__()
        total = channels + fused_channels
        self.conv = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.blocks = nn.Sequential(ResidualBlock(total), ResidualBlock(total))
        self.reduce = nn.Conv2d(total, out_channels, kernel_size=1) if out_channels else None

    def forward(self, x: Tensor, adapted: Tensor | None = None) -> Tensor:
        """Return the stage's map: `(n, C, H, W)` to `(n, C', ceil(H / 2), ceil(W / 2))`."""
        x = self.pool(self.conv(x))  # n C H W -> n channels h w
        if adapted is not None:
            x = torch.cat((x, adapted), dim=1)  # n (channels + fused_channels) h w
        x = self.blocks(x)
        return x if self.reduce is None else self.reduce(x)  # n out_channels h w


def create_stem(in_channels: int, width: int) -> nn.Conv2d:
    """Return the first layer: patches of 4x4 pixels, `(n, C, H, W)` to `(n, width, H/4, W/4)`."""
    return nn.Conv2d(in_channels, width, kernel_size=STEM_STRIDE, stride=STEM_STRIDE)


def stem_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the stem's map."""
    return image_size[0] // STEM_STRIDE, image_size[1] // STEM_STRIDE


def halved(size: tuple[int, int], times: int = 1) -> tuple[int, int]:
    """Return the size of a map after `times` stages."""
    for _ in range(times):
        size = ((size[0] + 1) // 2, (size[1] + 1) // 2)
    return size
