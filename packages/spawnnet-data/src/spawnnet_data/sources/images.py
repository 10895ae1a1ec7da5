"""Recognise images in an array and bring them into one layout, `(n, C, H, W)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.source import Array, KeySpec, first_false

_RGB_WORDS = ("rgb", "image", "img", "camera", "color", "colour", "gray", "grey")
_DEPTH_WORDS = ("depth", "distance_to")
# Smaller ones are matrices; without a word that says so, only larger ones are images.
_SMALLEST_IMAGE = 8
_SMALLEST_UNNAMED = 16
# Up to here, float colours are those of 0 to 1 that resizing made larger, or as good as black.
_UNCLEAR = 2.0


@dataclass(frozen=True)
class ImageLayout:
    """How the images of one key lie in a stored array.

    Attributes:
        kind: Colour or distance.
        axes: One letter per stored axis, of `T` time, `V` view, `C` channel, `H`, `W`.
        channels: Number of stored channels: 1 of gray and depth, 3 of RGB, 4 of RGBA.
    """

    kind: Literal["rgb", "depth"]
    axes: str
    channels: int

    @property
    def has_views(self) -> bool:
        """Whether the second axis counts cameras."""
        return self.axes[1] == "V"

    @property
    def is_read_as_stored(self) -> bool:
        """Whether reading changes at most the shape of an array of the dtype that is wanted."""
        return "WC" not in self.axes and self.channels == (3 if self.kind == "rgb" else 1)

    def spec(self, stored: tuple[int, ...], dtype: np.dtype[Any], length: int) -> KeySpec:
        """Return what reading gives of an array of shape `stored` and type `dtype`."""
        size = dict(zip(self.axes, stored, strict=True))
        H, W = size["H"], size["W"]
        if self.kind == "rgb":
            return KeySpec("rgb", (3, H, W), np.dtype(np.uint8), length)
        return KeySpec("depth", (1, H, W), np.dtype(np.float32), length, depth_unit(dtype))

    def to_chw(self, images: Array) -> Array:
        """Return the images `(n, ...)` of one view as `(n, C, H, W)`, with C 3 for colours."""
        axes = self.axes.replace("V", "")
        if "C" not in axes:
            images = images[:, None]  # (n, 1, H, W)
        elif axes == "THWC":
            images = images.transpose(0, 3, 1, 2)  # (n, C, H, W)
        if self.kind == "rgb":
            images = np.repeat(images, 3, 1) if self.channels == 1 else images[:, :3]
        return np.ascontiguousarray(images)


def depth_unit(dtype: np.dtype[Any]) -> str:
    """Return the unit that the type of stored depth implies, empty if it implies none."""
    if dtype.kind == "f":
        return "m"
    return "mm" if dtype.kind in "iu" and dtype.itemsize >= 2 else ""


def says_depth(name: str) -> bool:
    """Return whether the name of a key says that it holds distances."""
    return any(word in name.lower() for word in _DEPTH_WORDS)


def find_layout(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ImageLayout | None:
    """Return the layout of a stored array, or None if it holds no images.

    Shape and type decide; the name breaks ties, such as that between gray images and depth.

    Args:
        name: Key of the array, `obs/agentview_depth`.
        shape: Shape of the whole array, time first.
        dtype: Type of its values.
    """
    if dtype.kind not in "fiu" or 0 in shape[1:]:
        return None
    is_depth, is_byte = says_depth(name), dtype == np.uint8
    is_colour = any(word in name.lower() for word in _RGB_WORDS) and not is_depth
    colour = _colour_layout(shape, 3 if is_depth else 4)
    if colour and (is_byte or (dtype.kind == "f" and is_colour)):
        return colour
    if is_depth:
        # Colours that stand for distances are colours.
        is_drawn = colour is not None and colour.axes.endswith("HWC")
        return colour if is_drawn and dtype.kind == "f" else _single_channel("depth", shape)
    if is_byte or (is_colour and dtype.kind == "f"):
        gray = _single_channel("rgb", shape, _SMALLEST_IMAGE if is_colour else _SMALLEST_UNNAMED)
        return gray if gray and (is_byte or "C" in gray.axes) else None
    return None


def _colour_layout(shape: tuple[int, ...], most_planes: int) -> ImageLayout | None:
    """Return the layout of colours, of 3 or 4 channels last, or as many planes as may be first."""
    if len(shape) not in (4, 5):
        return None
    leading = "TV" if len(shape) == 5 else "T"
    if shape[-1] in (3, 4):
        return ImageLayout("rgb", leading + "HWC", shape[-1])
    channels = shape[-3]
    return ImageLayout("rgb", leading + "CHW", channels) if 3 <= channels <= most_planes else None


def _single_channel(
    kind: Literal["rgb", "depth"], shape: tuple[int, ...], smallest: int = 1
) -> ImageLayout | None:
    """Return the layout of images of one channel, which need not have an axis."""
    leading = "TV" if len(shape) == 5 else "T"
    axes = "THW" if len(shape) == 3 else ""
    if len(shape) in (4, 5):
        axes = leading + "HWC" if shape[-1] == 1 else leading + "CHW" if shape[-3] == 1 else ""
        axes = axes or ("TVHW" if len(shape) == 4 else "")
    size = dict(zip(axes, shape, strict=False))
    if not axes or min(size["H"], size["W"]) < smallest:
        return None
    return ImageLayout(kind, axes, 1)


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
        DataError: If a float colour is NaN or, scaled, outside of 0 to 255, or `find_scale` cannot
            tell the range.
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


def colour_scale(
    read_first: Callable[[int], Array], num_episodes: int, place_of: Callable[[int], Problem]
) -> float:
    """Return 255 if the float colours of a key go from 0 to 1 only, otherwise 1.

    Args:
        read_first: Returns the first image of an episode as stored; a few are looked at.
        num_episodes: Number of episodes.
        place_of: Returns where the colours of an episode come from, for the message.

    Raises:
        DataError: If the largest of them exceeds 1 by too little for colours of 0 to 255.
    """
    found = []
    for episode in range(0, num_episodes, max(1, num_episodes // 3)):
        try:
            image = read_first(episode)
        except DataError:
            # Whoever reads that image is told.
            continue
        # So is whoever reads NaN, or a value that is infinite.
        found.append((float(image[np.isfinite(image)].max(initial=0)), episode))
    largest, episode = max(found, default=(255.0, 0))
    if 1 < largest <= _UNCLEAR:
        message = (
            f"the largest colour is {largest:.9g}, which is neither 0 to 1 nor 0 to 255; clip the "
            "images to 0 to 1 where they are written."
        )
        raise DataError(replace(place_of(episode), message=message, step=0))
    return 255.0 if largest <= 1 else 1.0
