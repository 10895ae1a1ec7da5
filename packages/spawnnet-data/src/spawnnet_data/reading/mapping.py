"""Which keys of a data set are the views, the proprioception and the actions."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from spawnnet_data.common.errors import ConfigurationError, listed
from spawnnet_data.sources.source import METRES, DemonstrationSource, KeySpec, Kind, first_spec


@dataclass(frozen=True)
class ViewConfig:
    """One camera.

    Attributes:
        rgb: Key of its colour images.
        depth: Key of its distance images, if it has any.
        unit: Unit of the stored distances, or metres per unit as a number; None takes the one that
            the type of the files implies, millimetres for integers and metres for floats.
        unknown: Values besides 0 that mark a distance as unknown; they are read as 0.
        channel_order: Order of the stored colours, `bgr` where a recorder gave images of another
            order to OpenCV than it expects.
    """

    rgb: str
    depth: str | None = None
    unit: Literal["m", "cm", "mm"] | float | None = None
    unknown: Sequence[Literal["inf", "nan"]] = ()
    channel_order: Literal["rgb", "bgr"] = "rgb"

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if isinstance(self.unit, str):
            if self.unit not in METRES:
                message = f"must be one of {', '.join(METRES)} or a number, got {self.unit!r}."
                raise ConfigurationError("unit", message)
        elif self.unit is not None and not 0 < self.unit < math.inf:
            raise ConfigurationError("unit", f"must be positive and finite, got {self.unit}.")
        if isinstance(self.unknown, str) or not {"inf", "nan"}.issuperset(self.unknown):
            message = f"must be a list of inf and nan, got {self.unknown!r}."
            raise ConfigurationError("unknown", message)
        if self.channel_order not in ("rgb", "bgr"):
            message = f"must be rgb or bgr, got {self.channel_order!r}."
            raise ConfigurationError("channel_order", message)

    def metres_per_unit(self, stored: KeySpec) -> float:
        """Return what distances as stored are multiplied by."""
        unit = stored.unit or "m" if self.unit is None else self.unit
        return METRES[unit] if isinstance(unit, str) else float(unit)


@dataclass(frozen=True)
class KeyMapping:
    """What a policy sees and does, by the keys of a data set.

    Attributes:
        views: The cameras by name; their order here is the order of the axis V, wherever and in
            whatever order the files keep them.
        actions: Keys whose values, side by side, are the action.
        proprioception: Keys whose values, side by side, are the proprioception; may be empty.
        image_size: `(H, W)` that every image is resized to; None keeps the size of the files.
    """

    views: Mapping[str, ViewConfig]
    actions: Sequence[str]
    proprioception: Sequence[str] = ()
    image_size: tuple[int, int] | None = None

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if not self.actions or isinstance(self.actions, str):
            message = f"must be a list of at least one key, got {self.actions!r}."
            raise ConfigurationError("actions", message)
        if isinstance(self.proprioception, str):
            message = f"must be a list, got {self.proprioception!r}."
            raise ConfigurationError("proprioception", message)
        size = self.image_size
        if size is not None and not 1 <= min(size) <= max(size) <= 10_000:
            raise ConfigurationError("image_size", f"must be from 1 to 10000, got {size}.")

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
    """Check every key against the first episode that has it.

    Raises:
        ConfigurationError: If a key does not exist or is of another kind; the message offers the
            nearest key.
        DataError: If a key is there and cannot be read in any episode.
    """
    for path, (key, kind) in mapping.keys().items():
        if key not in source.keys:
            nearest = difflib.get_close_matches(key, source.keys, n=1, cutoff=0.0)
            hint = f", did you mean {nearest[0]!r}" if nearest else ""
            message = f"key {key!r} does not exist{hint}? There are {listed(source.keys)}."
            raise ConfigurationError(path, message)
        found = first_spec(source, key)
        if found.kind != kind:
            message = f"key {key!r} holds {found.kind} of shape {found.shape}, expected {kind}."
            raise ConfigurationError(path, message)
