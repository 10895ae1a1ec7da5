"""Change the grid of a vision transformer: other image sizes, other patch strides."""

import math
from typing import Any

import torch
from torch import Tensor, nn


def change_grid(
    network: Any, image_size: tuple[int, int], stride: int | None, *, original: bool
) -> None:
    """Set the image size and patch stride of a timm vision transformer, in place.

    Args:
        network: With `patch_embed.proj` and learned positions `pos_embed`.
        image_size: (H, W) in pixels.
        stride: In pixels; None keeps the patch size.
        original: Interpolate as DINO and the original release do, not as timm does.
    """
    from timm.layers.pos_embed import resample_abs_pos_embed

    embed = network.patch_embed
    patch = embed.patch_size
    step = (stride, stride) if stride else patch
    old = tuple(embed.grid_size)
    grid = tuple((image_size[i] - patch[i]) // step[i] + 1 for i in (0, 1))
    if grid != old:
        prefix = 0 if network.no_embed_class else network.num_prefix_tokens
        resize = resample_like_dino if original else resample_abs_pos_embed
        positions = resize(network.pos_embed.detach(), grid, old, prefix)
        network.pos_embed = nn.Parameter(positions)
    embed.proj.stride = step
    embed.img_size, embed.grid_size, embed.num_patches = image_size, grid, math.prod(grid)


def resample_like_dino(
    positions: Tensor, grid: tuple[int, int], old: tuple[int, int], num_prefix_tokens: int
) -> Tensor:
    """Interpolate learned positions `(1, N, D)` to another grid as DINO does.

    Bicubic without antialiasing; the scale is taken from the grid plus 0.1, which DINO's authors
    added against rounding (facebookresearch/dino, issue 8), so that results differ a little from
    an exact resize.
    """
    prefix, cells = positions[:, :num_prefix_tokens], positions[:, num_prefix_tokens:]
    scale = ((grid[0] + 0.1) / old[0], (grid[1] + 0.1) / old[1])
    resized = nn.functional.interpolate(
        cells.mT.reshape(1, -1, *old), scale_factor=scale, mode="bicubic"
    )
    return torch.cat((prefix, resized.flatten(2).transpose(1, 2)), dim=1)
