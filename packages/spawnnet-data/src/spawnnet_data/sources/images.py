"""Recognise images in an array and bring them into one layout, `(n, C, H, W)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.sources.problem import DataError, Problem
from spawnnet_data.sources.source import Array, first_false

_RGB_WORDS = ("rgb", "image", "img", "camera", "color", "colour")


@dataclass(frozen=True)
class ImageLayout:
    """How the images of one key lie in a stored array.

    Attributes:
        kind: Colour or distance.
        axes: One letter per stored axis, of `T` time, `V` view, `C` channel, `H`, `W`.
    """

    kind: Literal["rgb", "depth"]
    axes: str

    @property
    def has_views(self) -> bool:
        """Whether the second axis counts cameras."""
        return self.axes[1] == "V"

    def image_shape(self, stored: tuple[int, ...]) -> tuple[int, int, int]:
        """Return `(C, H, W)` of an array of shape `stored`."""
        size = dict(zip(self.axes, stored, strict=True))
        return size.get("C", 1), size["H"], size["W"]

    def to_chw(self, images: Array) -> Array:
        """Return the images `(n, ...)` of one view as `(n, C, H, W)`."""
        axes = self.axes.replace("V", "")
        if "C" not in axes:
            return images[:, None]
        return images if axes == "TCHW" else np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def find_layout(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ImageLayout | None:
    """Return the layout of a stored array, or None if it holds no images.

    Depth is told by its name, rgb by three channels and either uint8 or a name that says image.

    Args:
        name: Key of the array, `obs/agentview_depth`.
        shape: Of the whole array, time first.
        dtype: As stored.
    """
    lowered = name.lower()
    if "depth" in lowered and dtype.kind in "fiu":
        axes = _depth_axes(shape)
        return ImageLayout("depth", axes) if axes else None
    if dtype == np.uint8 or (dtype.kind == "f" and any(word in lowered for word in _RGB_WORDS)):
        axes = _channel_axes(shape, 3)
        return ImageLayout("rgb", axes) if axes else None
    return None


def _channel_axes(shape: tuple[int, ...], channels: int) -> str:
    if len(shape) not in (4, 5):
        return ""
    leading = "TV" if len(shape) == 5 else "T"
    if shape[-1] == channels:
        return leading + "HWC"
    return leading + "CHW" if shape[-3] == channels else ""


def _depth_axes(shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        return "THW"
    return _channel_axes(shape, 1) or ("TVHW" if len(shape) == 4 else "")


def first_outside(images: Array, low: float, high: float) -> int | None:
    """Return the first index along the leading axis with a value outside of [low, high] or NaN."""
    return first_false((images >= low) & (images <= high))


def decode_images(
    stored: Array,
    layout: ImageLayout,
    steps: NDArray[np.int64],
    place: Problem,
    *,
    find_scale: Callable[[], float] | None = None,
) -> Array:
    """Return stored images of one view as `DemonstrationSource.read` promises them.

    Args:
        stored: `(n, ...)`.
        layout: How they lie.
        steps: `(n,)`, for the message.
        place: Where they come from, for the message.
        find_scale: Returns what brings float colours to 0 to 255; called for those only. By default
            they are there.

    Raises:
        DataError: If a float colour is NaN or, scaled, outside of 0 to 255.
    """
    images = layout.to_chw(stored)
    if layout.kind == "depth":
        return images.astype(np.float32, copy=False)
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind == "f" and find_scale is not None:
        images = images * find_scale()
    bad = first_outside(images, 0, 255)
    if bad is not None:
        message = "an rgb value is NaN or outside of 0 to 255."
        raise DataError(replace(place, message=message, step=int(steps[bad])))
    return np.rint(images).astype(np.uint8)


def colour_scale(read_first: Callable[[int], Array], num_episodes: int) -> float:
    """Return 255 if the float colours of a key go from 0 to 1 only, otherwise 1.

    Args:
        read_first: Returns the first image of an episode as stored; a few are looked at.
        num_episodes: Number of episodes.
    """
    largest = []
    for episode in range(0, num_episodes, max(1, num_episodes // 3)):
        try:
            largest.append(float(read_first(episode).max()))
        except DataError:
            # Whoever reads that image is told.
            continue
    return 255.0 if largest and max(largest) <= 1 else 1.0
