"""Pictures of what the adapters look at: each camera image beside the map of every adapter."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spawnnet_encoders import render_attention
from spawnnet_record.files import write_bytes

_TILE = 192  # pixels, at least
_MARGIN = 4
TITLE_HEIGHT = 16
"""Pixels above the pictures of `draw_attention`."""


def draw_attention(rgb: NDArray[np.uint8], attention: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a picture with one row per camera: its image, then the map of every adapter over it.

    Args:
        rgb: `(V, 3, H, W)`, uint8.
        attention: `(V, G, h, w)`; every map is stretched to its own range.

    Returns:
        `(height, width, 3)`, uint8.
    """
    factor = math.ceil(_TILE / rgb.shape[-1])
    large = rgb.repeat(factor, 2).repeat(factor, 3)
    # The leading axes are B, F: one of each.
    maps = render_attention(
        torch.from_numpy(large)[None, None], torch.from_numpy(attention)[None, None]
    )
    images = large.transpose(0, 2, 3, 1)[:, None]  # (V, 1, H, W, 3)
    tiles = np.concatenate([images, maps[0, 0]], axis=1)  # (V, 1 + G, H, W, 3)
    framed = np.pad(tiles, ((0, 0), (0, 0), (0, _MARGIN), (0, _MARGIN), (0, 0)))
    V, columns, height, width, _ = framed.shape
    picture = framed.transpose(0, 2, 1, 3, 4).reshape(V * height, columns * width, 3)
    titles = ["camera", *(f"adapter {g + 1}" for g in range(attention.shape[1]))]
    return _titled(np.pad(picture, ((TITLE_HEIGHT, 0), (0, 0), (0, 0))), titles)


def write_attention(
    path: Path, rgb: NDArray[np.uint8], attention: NDArray[np.float32], *, max_envs: int = 3
) -> None:
    """Write `draw_attention` of the first environments, one below the other, to a PNG file.

    Args:
        path: Where to write.
        rgb: `(N, V, 3, H, W)`, uint8.
        attention: `(N, V, G, h, w)`.
        max_envs: How many environments to show.
    """
    shown = zip(rgb[:max_envs], attention[:max_envs], strict=True)
    picture = np.concatenate([draw_attention(image, maps) for image, maps in shown])
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    write_bytes(path, buffer.getvalue())


def _titled(picture: NDArray[np.uint8], titles: list[str]) -> NDArray[np.uint8]:
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    for column, title in enumerate(titles):
        draw.text((column * picture.shape[1] // len(titles) + 2, 2), title, fill=(255, 255, 255))
    return np.asarray(canvas)
