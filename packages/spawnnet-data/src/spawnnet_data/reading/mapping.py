"""Which keys of a data set are the views, the proprioception and the actions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from spawnnet_data.sources.problem import DataError
from spawnnet_data.sources.source import DemonstrationSource, Kind, first_spec

_ACTIONS = ("actions", "action")
_STATES = ("obs/state", "obs/proprioception", "observation.state", "state", "proprioception")
# Observations of robomimic that a robot could not measure.
_PRIVILEGED = ("object", "object-state")
_IMAGE_SUFFIX = re.compile(r"[_-]?(image|rgb|depth|color|colour|img)s?$")


@dataclass(frozen=True)
class ViewConfig:
    """One camera.

    Attributes:
        rgb: Key of its colour images.
        depth: Key of its distance images, if it has any.
    """

    rgb: str
    depth: str | None = None

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True)
class KeyMapping:
    """What a policy sees and does, by the keys of a data set.

    Attributes:
        views: The cameras by name; their order here is the order of the axis V, wherever and in
            whatever order the files keep them.
        actions: Keys whose values, side by side, are the action.
        proprioception: Keys whose values, side by side, are the proprioception; may be empty.
        image_size: `(H, W)` that every image is resized to; None keeps the size of the files.
        depth_scale: Metres per unit of the stored depth, 0.001 for millimetres.
    """

    views: Mapping[str, ViewConfig]
    actions: Sequence[str]
    proprioception: Sequence[str] = ()
    image_size: tuple[int, int] | None = None
    depth_scale: float = field(default=1.0)

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if not self.actions or isinstance(self.actions, str):
            raise ValueError(f"actions: must be a list of at least one key, got {self.actions!r}.")
        if isinstance(self.proprioception, str):
            raise ValueError(f"proprioception: must be a list, got {self.proprioception!r}.")
        if self.image_size is not None and min(self.image_size) < 1:
            raise ValueError(f"image_size: must be positive, got {self.image_size}.")
        if not self.depth_scale > 0:
            raise ValueError(f"depth_scale: must be positive, got {self.depth_scale}.")

    @property
    def has_depth(self) -> bool:
        """Whether any view has depth."""
        return any(view.depth for view in self.views.values())

    def keys(self) -> dict[str, tuple[str, Kind]]:
        """Return key and kind of every field, by its path in this configuration."""
        fields: dict[str, tuple[str, Kind]] = {}
        for name, view in self.views.items():
            fields[f"views.{name}.rgb"] = (view.rgb, "rgb")
            if view.depth:
                fields[f"views.{name}.depth"] = (view.depth, "depth")
        for group, keys in (("proprioception", self.proprioception), ("actions", self.actions)):
            fields |= {f"{group}[{i}]": (key, "array") for i, key in enumerate(keys)}
        return fields


def check_mapping(mapping: KeyMapping, source: DemonstrationSource) -> None:
    """Check every key against the first episode.

    Raises:
        ValueError: If a key does not exist or is of another kind; the message starts with the path
            of the field and offers the nearest key.
    """
    for path, (key, kind) in mapping.keys().items():
        if key not in source.keys:
            nearest = difflib.get_close_matches(key, source.keys, n=1, cutoff=0.0)
            hint = f", did you mean {nearest[0]!r}" if nearest else ""
            raise ValueError(
                f"{path}: key {key!r} does not exist{hint}? There are {', '.join(source.keys)}."
            )
        found = first_spec(source, key)
        if found.kind != kind:
            raise ValueError(
                f"{path}: key {key!r} holds {found.kind} of shape {found.shape}, expected {kind}."
            )


def infer_mapping(source: DemonstrationSource) -> KeyMapping:
    """Return the mapping that the names of a data set suggest, to look at it or to convert it.

    Views are every camera in alphabetical order; training asks for an explicit mapping instead.

    Raises:
        ValueError: If no key is called action or actions.
    """
    kinds = {key: kind for key, kind in kinds_of(source).items() if not key.startswith("next_obs/")}
    actions = [key for key in _ACTIONS if key in kinds]
    if not actions:
        raise ValueError(f"actions: no key is called action, there are {', '.join(source.keys)}.")
    depths = {camera_name(key): key for key, kind in kinds.items() if kind == "depth"}
    cameras = {camera_name(key): key for key, kind in kinds.items() if kind == "rgb"}
    views = {name: ViewConfig(key, depths.get(name)) for name, key in sorted(cameras.items())}
    return KeyMapping(views, actions[:1], _proprioception(kinds))


def camera_name(key: str) -> str:
    """Return the name of the camera in a key: `front` of `observation.images.front`."""
    last = re.split(r"[/.]", key)[-1]
    name = _IMAGE_SUFFIX.sub("", last)
    if name.isdigit():
        return f"view_{name}"
    return name or "camera"


def _proprioception(kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    states = [key for key in _STATES if key in kinds]
    if states:
        return (states[0],)
    return tuple(
        key
        for key, kind in kinds.items()
        if key.startswith("obs/") and kind == "array" and key[4:] not in _PRIVILEGED
    )


def kinds_of(source: DemonstrationSource) -> dict[str, Kind]:
    """Return the kind of every key that some episode has."""
    kinds: dict[str, Kind] = {}
    for key in source.keys:
        try:
            kinds[key] = first_spec(source, key).kind
        except DataError:
            continue
    return kinds
