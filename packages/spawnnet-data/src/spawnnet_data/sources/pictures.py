"""Pictures in a file format of their own (JPEG, PNG, ...), as other files hold them."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image

from spawnnet_data.sources.images import depth_unit, says_depth
from spawnnet_data.sources.source import Array, KeySpec

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")


def is_picture(data: bytes) -> bool:
    """Return whether bytes begin as a JPEG, PNG, WebP, BMP or TIFF does."""
    return data.startswith(_SIGNATURES)


def picture_spec(key: str, data: bytes, length: int) -> KeySpec:
    """Return what pictures like this one are read as; its size is read, its pixels are not.

    Args:
        key: Where it is from: single channels are depth if the name says so, otherwise gray.
        data: A picture.
        length: Number of pictures.

    Raises:
        OSError: If it cannot be recognised.
    """
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        bands = len(image.getbands())
        dtype = np.dtype(np.uint8 if image.mode == "L" else np.uint16)
    if bands == 1 and says_depth(key):
        return KeySpec("depth", (1, height, width), np.dtype(np.float32), length, depth_unit(dtype))
    return KeySpec("rgb", (3, height, width), np.dtype(np.uint8), length)


def decode_picture(data: bytes, kind: Literal["rgb", "depth"], size: tuple[int, ...]) -> Array:
    """Return a picture as `(C, H, W)`: 3 channels of colour, or 1 of depth of up to 16 bits.

    Args:
        data: The file.
        kind: What it shows.
        size: `(H, W)` that it must have.

    Raises:
        OSError: If it is no picture, or damaged.
        ValueError: If it has another size or the wrong channels.
    """
    with Image.open(io.BytesIO(data)) as image:
        if image.size != size[::-1]:
            raise ValueError(f"it has {image.height} x {image.width} pixels, not {size}")
        if kind == "rgb":
            return np.asarray(image.convert("RGB")).transpose(2, 0, 1)
        if len(image.getbands()) != 1:
            raise ValueError(f"depth has one channel, this is {image.mode}")
        return np.asarray(image)[None]
