"""What each feature of a LeRobotDataset is read as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spawnnet_data.sources.images import ImageLayout, find_layout, says_depth
from spawnnet_data.sources.lerobot_depth import DepthCoding, depth_coding
from spawnnet_data.sources.lerobot_meta import Feature, Info
from spawnnet_data.sources.source import KeySpec


@dataclass(frozen=True)
class KnownFeature:
    """A feature that is a camera or numbers.

    Attributes:
        spec: What it is read as; the length is filled in for each episode.
        stored_shape: Shape of one time step in its column.
        layout: How the images of a column of numbers lie, or None.
        is_video: Whether it is a video file.
        is_picture: Whether it is a column of pictures in a file format.
        coding: What the codes of a video of depth mean, or None.
        problem: Why it cannot be read, or empty.
    """

    spec: KeySpec
    stored_shape: tuple[int, ...]
    layout: ImageLayout | None = None
    is_video: bool = False
    is_picture: bool = False
    problem: str = ""
    coding: DepthCoding | None = None


def known_features(info: Info) -> dict[str, KnownFeature]:
    """Return the features that are cameras or numbers; text is left out."""
    known = {}
    for name, feature in info.features.items():
        if feature.dtype in ("video", "image"):
            known[name] = _camera(name, feature)
        elif feature.dtype not in ("string", "language"):
            known[name] = _numbers(name, feature)
    return known


def _camera(name: str, feature: Feature) -> KnownFeature:
    """Return what pictures are read as: colours, or depth where the index or the name says so."""
    shape = tuple(feature.shape)
    problem = "" if len(shape) in (2, 3) else f"images of shape {shape} are not read."
    H, W, channels = (*shape, 1)[:3] if not problem else (1, 1, 1)
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        channels, H, W = shape
    coding: DepthCoding | None = None
    if feature.dtype == "video" and feature.is_depth_video and not problem:
        coding, problem = depth_coding(feature.told)
    spec = KeySpec("rgb", (3, H, W), np.dtype(np.uint8), 0)
    if feature.dtype == "image" and channels == 1 and says_depth(name):
        # Pictures of depth have 16 bits, as depth cameras write them.
        spec = KeySpec("depth", (1, H, W), np.dtype(np.float32), 0, "mm")
    if coding is not None:
        spec = KeySpec("depth", (1, H, W), np.dtype(np.float32), 0, "m")
    is_video = feature.dtype == "video"
    return KnownFeature(spec, shape, None, is_video, not is_video, problem, coding)


def _numbers(name: str, feature: Feature) -> KnownFeature:
    shape = tuple(feature.shape)
    dtype = _dtype(feature.dtype)
    if dtype is None:
        spec = KeySpec("array", shape, np.dtype(np.float32), 0)
        return KnownFeature(spec, shape, problem=f"values of type {feature.dtype!r} are not read.")
    layout = find_layout(name, (1, *shape), dtype)
    if layout is None:
        spec = KeySpec("array", shape, dtype, 0, names=_value_names(feature.names, shape))
        return KnownFeature(spec, shape)
    if layout.has_views:
        problem = "several cameras in one feature are not read; give each its own."
        return KnownFeature(layout.spec((1, *shape), dtype, 0), shape, layout, problem=problem)
    return KnownFeature(layout.spec((1, *shape), dtype, 0), shape, layout)


def _value_names(names: Any, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return one name per value: from a list, or from a mapping such as `{"motors": [...]}`."""
    if isinstance(names, dict) and len(names) == 1:
        names = next(iter(names.values()))
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if is_list and (len(names),) == shape else ()


def _dtype(name: str) -> np.dtype[Any] | None:
    try:
        found = np.dtype(name)
    except TypeError:
        return None
    return found if found.kind in "biuf" else None
