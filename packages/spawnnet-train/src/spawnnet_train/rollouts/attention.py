"""Pictures of what the adapters look at: each camera image beside the map of every adapter."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spawnnet_train.record.files import write_bytes

_TILE = 192  # pixels, at least
_MARGIN = 4
TITLE_HEIGHT = 16
"""Pixels above the pictures of `draw_attention`."""
_HEAT = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]])
"""Five steps of viridis, from no attention to all of it."""


def draw_attention(rgb: NDArray[np.uint8], attention: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a picture with one row per camera: its image, then the map of every adapter over it.

    Args:
        rgb: `(V, 3, H, W)`, uint8.
        attention: `(V, G, h, w)`; every map is stretched to its own range.

    Returns:
        `(height, width, 3)`, uint8.
    """
    factor = math.ceil(_TILE / rgb.shape[-1])
    rows = []
    for image, maps in zip(rgb.transpose(0, 2, 3, 1), attention, strict=True):
        large = image.repeat(factor, 0).repeat(factor, 1)
        overlays = [_overlay(large, single) for single in maps]
        rows.append(np.concatenate([_frame(tile) for tile in [large, *overlays]], axis=1))
    picture = np.pad(np.concatenate(rows), ((TITLE_HEIGHT, 0), (0, 0), (0, 0)))
    titles = ["camera", *(f"adapter {g + 1}" for g in range(attention.shape[1]))]
    return _write_titles(picture, titles)


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


def _overlay(image: NDArray[np.uint8], attention: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return `image` `(H, W, 3)` half covered by the map `(h, w)` in colour."""
    span = float(np.ptp(attention))
    level = (attention - attention.min()) / (span if span > 0 else 1.0)
    height, width = image.shape[:2]
    size = (width, height)
    smooth = np.asarray(Image.fromarray(level).resize(size, Image.Resampling.BILINEAR))
    steps = np.linspace(0, 1, len(_HEAT))
    heat = np.stack([np.interp(smooth, steps, channel) for channel in _HEAT.T], axis=-1)
    mixed: NDArray[np.uint8] = (0.5 * image + 0.5 * heat).astype(np.uint8)
    return mixed


def _frame(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.pad(tile, ((0, _MARGIN), (0, _MARGIN), (0, 0)))


def _write_titles(picture: NDArray[np.uint8], titles: list[str]) -> NDArray[np.uint8]:
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    for column, title in enumerate(titles):
        draw.text((column * picture.shape[1] // len(titles) + 2, 2), title, fill=(255, 255, 255))
    return np.asarray(canvas)
