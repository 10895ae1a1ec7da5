"""The one way to bring images to the size that a policy sees, on disk and on a robot."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# torchvision is imported where an image has another size: it takes as long as torch itself.


def resize_rgb(images: NDArray[Any], size: tuple[int, int] | None) -> NDArray[Any]:
    """Return colour images `(n, 3, H, W)` in another size: bilinear, antialiased.

    Args:
        images: uint8.
        size: `(H, W)` in pixels; None keeps the images as they are.
    """
    return _resized(images, size, "bilinear", antialias=True)


def resize_depth(images: NDArray[Any], size: tuple[int, int] | None) -> NDArray[Any]:
    """Return distances `(n, 1, H, W)` in another size, each one of those that were measured.

    Averaging over an edge would invent distances at which nothing is.

    Args:
        images: Of any type.
        size: `(H, W)` in pixels; None keeps the images as they are.
    """
    return _resized(images, size, "nearest-exact", antialias=False)


def _resized(
    images: NDArray[Any], size: tuple[int, int] | None, interpolation: str, *, antialias: bool
) -> NDArray[Any]:
    if size is None or images.shape[-2:] == size:
        return images
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2.functional import resize

    tensor = torch.from_numpy(np.ascontiguousarray(images))
    mode = InterpolationMode(interpolation)
    resized: NDArray[Any] = resize(tensor, list(size), mode, antialias=antialias).numpy()
    return resized
