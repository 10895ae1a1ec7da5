"""What a run needs of memory and disk, part by part, and where each part is kept."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from spawnnet_data import free_memory
from spawnnet_train.config.errors import SettingError

Place = Literal["memory", "disk", "none"]
_COSTS: Mapping[Place, int] = {"memory": 0, "disk": 1, "none": 10}
_SHARE = 0.9  # of what is free; the rest is for what nobody counted


class Part(NamedTuple):
    """Something large that a run keeps.

    Attributes:
        name: What people call it.
        setting: Path of the setting that says where it is kept; "" for what is always in memory.
        nbytes: Its size.
        chosen: What the setting says, `auto` included.
        places: Where it may be kept.
        on_disk: Bytes of it that lie on disk already.
    """

    name: str
    setting: str
    nbytes: int
    chosen: str = "memory"
    places: tuple[Place, ...] = ("memory",)
    on_disk: int = 0


class Space(NamedTuple):
    """Free bytes of memory and of a disk."""

    memory: int
    disk: int


def free_space(folder: Path) -> Space:
    """Return what is free in memory, within the limits of this process, and on a folder's disk."""
    existing = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    return Space(free_memory(), shutil.disk_usage(existing).free)


def place_parts(parts: Sequence[Part], space: Space) -> dict[str, Place]:
    """Return for each setting where its parts are kept: memory before disk before nowhere.

    Raises:
        SettingError: If what was chosen does not fit; it says what would.
    """
    wanted = {part.setting: _allowed(part) for part in parts if part.setting}
    found = _cheapest(parts, wanted, space)
    if found is not None:
        return found
    free = {part.setting: part.places for part in parts if part.setting}
    fitting = _cheapest(parts, free, space)
    if fitting is None:
        advice = "fewer episodes, smaller images, a coarser `student.frozen_format`, "
        advice += "or `memory: none` of demonstrations"
    else:
        advice = ", ".join(f"`{setting}: {place}`" for setting, place in fitting.items())
    large = max((part for part in parts if part.setting), key=lambda part: part.nbytes)
    raise SettingError(
        large.setting,
        f"this run needs {describe_parts(parts, {})}, and this machine has {size(space.memory)} of "
        f"memory and {size(space.disk)} of disk free; what would fit is {advice}.",
    )


def _allowed(part: Part) -> tuple[Place, ...]:
    return part.places if part.chosen == "auto" else (_place(part.chosen),)


def _place(name: str) -> Place:
    return next(place for place in _COSTS if place == name)


def _cheapest(
    parts: Sequence[Part], allowed: Mapping[str, tuple[Place, ...]], space: Space
) -> dict[str, Place] | None:
    """Return the combination of places that fits and costs least, or None."""
    combinations = (
        dict(zip(allowed, chosen, strict=True)) for chosen in itertools.product(*allowed.values())
    )
    for places in sorted(combinations, key=lambda one: sum(_COSTS[p] for p in one.values())):
        if _fits(parts, places, space):
            return places
    return None


def _fits(parts: Iterable[Part], places: Mapping[str, Place], space: Space) -> bool:
    sums = dict.fromkeys(_COSTS, 0)
    for part in parts:
        place = places.get(part.setting, "memory")
        sums[place] += part.nbytes - (part.on_disk if place == "disk" else 0)
    return sums["memory"] <= _SHARE * space.memory and sums["disk"] <= _SHARE * space.disk


def describe_parts(parts: Sequence[Part], places: Mapping[str, Place]) -> str:
    """Return sizes as people read them, such as `images 17.3 GB on disk, network 0.4 GB`."""
    words = {"memory": " in memory", "disk": " on disk", "none": " not kept"}
    pieces = [
        f"{part.name} {size(part.nbytes)}{words.get(places.get(part.setting, ''), '')}"
        for part in parts
        if part.nbytes
    ]
    return ", ".join(pieces)


def size(nbytes: float) -> str:
    """Return a number of bytes in GB of 10^9, or MB below one."""
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e9 else f"{nbytes / 1e6:.1f} MB"
