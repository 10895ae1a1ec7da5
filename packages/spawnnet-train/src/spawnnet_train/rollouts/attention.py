"""Pictures of what the adapters look at: each camera image beside the map of every adapter."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from spawnnet_encoders import render_attention
from spawnnet_record.files import write_bytes
from spawnnet_train.rollouts.captions import labelled

_TILE = 192  # pixels, at least
_MARGIN = 4
TITLE_HEIGHT = 16
"""Pixels above the pictures of `draw_attention`."""


SHOWN = 3
"""Environments in a picture of `write_attention`."""


def draw_attention(
    rgb: NDArray[np.uint8], attention: NDArray[np.float32], names: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """Return a picture with one row per camera: its image, then the map of every adapter over it.

    Args:
        rgb: `(V, 3, H, W)`, uint8.
        attention: `(V, G, h, w)`; every map is stretched to its own range.
        names: V, written into the lower left corners of the cameras' images; or none.

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
    labels = [(g * width + 2, 2, title) for g, title in enumerate(titles)]
    below = TITLE_HEIGHT - _MARGIN - 16  # of a row: where the name of its camera stands
    labels += [(4, below + (v + 1) * height, name) for v, name in enumerate(names)]
    return labelled(np.pad(picture, ((TITLE_HEIGHT, 0), (0, 0), (0, 0))), labels)


def write_attention(
    path: Path,
    rgb: NDArray[np.uint8],
    attention: NDArray[np.float32],
    cabinets: Sequence[str],
    cameras: Sequence[str],
) -> None:
    """Write `draw_attention` of the first `SHOWN` environments, one below the other, as a PNG file.

    Args:
        path: Where to write.
        rgb: `(N, V, 3, H, W)`, uint8.
        attention: `(N, V, G, h, w)`.
        cabinets: N names.
        cameras: V names.
    """
    pictures = [
        draw_attention(image, maps, [f"{cabinet}, {camera}" for camera in cameras])
        for image, maps, cabinet in zip(rgb[:SHOWN], attention, cabinets, strict=False)
    ]
    picture = np.concatenate(pictures)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    write_bytes(path, buffer.getvalue())
