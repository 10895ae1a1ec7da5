"""The key mapping that the names in a data set suggest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from spawnnet_data.common.errors import ConfigurationError, Problem, listed
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.source import (
    COUNTERS,
    DemonstrationSource,
    Kind,
    first_spec,
    kinds_of,
    unreadable_keys,
)

_ACTIONS = ("actions", "action")
_STATES = (
    "obs/state",
    "obs/proprioception",
    "observation.state",
    "observations/qpos",
    "observations/state",
    "observations",
    "obs",
    "state",
    "proprioception",
)
_OBSERVATIONS = ("obs/", "observations/")
# Observations of robomimic that a robot could not measure.
_PRIVILEGED = ("object", "object-state")
_IMAGE_WORDS = r"images?|rgb|depth|colou?r|img"
_IMAGE_PART = re.compile(rf"({_IMAGE_WORDS})s?$")
_IMAGE_SUFFIX = re.compile(rf"[_-]({_IMAGE_WORDS})s?$")


def infer_mapping(source: DemonstrationSource) -> KeyMapping:
    """Return the mapping that the names of a data set suggest, to look at it or to convert it.

    Views are every colour camera in alphabetical order; training asks for an explicit mapping
    instead.

    Raises:
        ConfigurationError: If no key is called action or actions.
    """
    kinds = {key: kind for key, kind in kinds_of(source).items() if not key.startswith("next_obs/")}
    actions = [key for key in _ACTIONS if kinds.get(key) == "array"]
    if not actions:
        message = (
            "no key is called action; name the keys that are under `actions` of a key mapping, "
            f"there are {listed(source.keys)}."
        )
        raise ConfigurationError("actions", message)
    return KeyMapping(_views(kinds), actions[:1], _proprioception(source, kinds))


def camera_names(keys: Iterable[str]) -> dict[str, str]:
    """Return the name of the camera in each key: `front` of `observation.images.front`.

    Colour and depth of one camera get one name; different cameras always get different ones, as
    long as it takes to tell them apart.
    """
    cameras = {key: _camera(key) for key in keys}
    endings = Counter(
        camera[-count:] for camera in set(cameras.values()) for count in range(1, len(camera) + 1)
    )
    short = {camera: _short_name(camera, endings) for camera in set(cameras.values())}
    taken = Counter(short.values())
    return {
        key: short[camera] if taken[short[camera]] == 1 else "_".join(camera) or "camera"
        for key, camera in cameras.items()
    }


def _camera(key: str) -> tuple[str, ...]:
    """Return the parts of a key without those that only say that it holds images."""
    parts = [_IMAGE_SUFFIX.sub("", part) for part in re.split(r"[/.]", key)]
    return tuple(part for part in parts if part and not _IMAGE_PART.fullmatch(part))


def _short_name(camera: tuple[str, ...], endings: Mapping[tuple[str, ...], int]) -> str:
    """Return the last parts of a camera's key that no other camera ends in."""
    unique = [camera[-n:] for n in range(1, len(camera) + 1) if endings[camera[-n:]] == 1]
    name = "_".join(unique[0] if unique else camera)
    if name in ("", "obs", "observation", "observations"):
        return "camera"
    return f"view_{name}" if name.isdigit() else name


def _views(kinds: Mapping[str, Kind]) -> dict[str, ViewConfig]:
    names = camera_names(key for key, kind in kinds.items() if kind != "array")
    colours = [key for key in names if kinds[key] == "rgb"]
    depths = {names[key]: key for key in names if kinds[key] == "depth"}
    shared = Counter(names[key] for key in colours)
    views = {}
    for key in colours:
        # Two colour images of one camera, `front_rgb` and `front_image`, are two views.
        name = names[key] if shared[names[key]] == 1 else re.sub(r"[/.]", "_", key)
        views[name] = ViewConfig(key, depths.get(names[key]))
    return dict(sorted(views.items()))


def _proprioception(source: DemonstrationSource, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    states = [key for key in _STATES if kinds.get(key) == "array"]
    if states:
        return (states[0],)
    # Several axes are those of segmentation, point clouds and poses of cameras.
    return tuple(
        key
        for key, kind in kinds.items()
        if kind == "array"
        and key.startswith(_OBSERVATIONS)
        and key.split("/", 1)[1] not in _PRIVILEGED
        and len(first_spec(source, key).shape) <= 1
    )


def left_out(source: DemonstrationSource, mapping: KeyMapping) -> list[Problem]:
    """Return each camera and each unreadable key of a source that a mapping does not use."""
    used = {key for key, _ in mapping.keys().values()}
    kinds = kinds_of(source)
    unused = [
        Problem(str(source.path), f"no view of the mapping uses this {kind} camera.", key=key)
        for key, kind in kinds.items()
        if kind != "array" and key not in used and not key.startswith("next_obs/")
    ]
    return [*unused, *unreadable_keys(source)]


def unused_arrays(source: DemonstrationSource, mapping: KeyMapping) -> list[str]:
    """Return the keys that a mapping does not use, without cameras and counters."""
    used = {key for key, _ in mapping.keys().values()}
    return [
        key
        for key, kind in kinds_of(source).items()
        if kind == "array"
        and key not in used
        and key.split("/")[-1] not in COUNTERS
        and not key.startswith("next_obs/")
    ]
