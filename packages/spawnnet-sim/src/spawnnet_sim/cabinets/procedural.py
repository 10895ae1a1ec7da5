"""Cabinets drawn by a seeded generator: named, versioned sets that are the same on every machine.

A set's training and held-out families share no kind of handle, no layout of fronts and no kind of
texture, so that they differ in kind and not only in numbers. Only the front that opens carries a
handle: which front to open is therefore visible, and no goal has to be given to the policy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spawnnet_sim.cabinets.cabinet import CabinetSpec, Joint, Material
from spawnnet_sim.cabinets.fronts import (
    Rectangle,
    carcass,
    door,
    drawer,
    fixed_fronts,
    front_box,
    panel,
)
from spawnnet_sim.cabinets.handles import (
    HANDLE_Y,
    HANDLE_Z,
    HELD_OUT_DOOR_HANDLES,
    HELD_OUT_HANDLES,
    TRAIN_DOOR_HANDLES,
    TRAIN_HANDLES,
    HandleDesign,
    mount,
)
from spawnnet_sim.cabinets.textures import TEXTURES

DRAWER_TRAVEL = 0.25  # metres
DOOR_TRAVEL = 1.4  # radians


@dataclass(frozen=True)
class Family:
    """What distinguishes the cabinets of one set from those of another."""

    joint: Literal["slide", "hinge"]
    handles: tuple[Callable[[np.random.Generator], HandleDesign], ...]
    layouts: tuple[str, ...]
    textures: tuple[str, ...]


_TRAIN = (("stack", "columns"), ("plain", "wood", "speckle"))  # layouts, textures
_HELD_OUT = (("centre", "corner"), ("stripes", "checker"))
SETS: dict[str, Family] = {
    "drawer-train-v1": Family("slide", TRAIN_HANDLES, *_TRAIN),
    "drawer-held-out-v1": Family("slide", HELD_OUT_HANDLES, *_HELD_OUT),
    "door-train-v1": Family("hinge", TRAIN_DOOR_HANDLES, *_TRAIN),
    "door-held-out-v1": Family("hinge", HELD_OUT_DOOR_HANDLES, *_HELD_OUT),
}


def generate_cabinets(name: str, count: int, *, first: int = 0) -> tuple[CabinetSpec, ...]:
    """Return cabinets of a set; a longer set begins with the shorter one.

    Args:
        name: One of `SETS`.
        count: Number of cabinets, at least 1.
        first: Number of cabinets to skip.

    Raises:
        KeyError: If there is no such set.
    """
    return tuple(_cabinet(name, SETS[name], index) for index in range(first, first + count))


def _cabinet(name: str, family: Family, index: int) -> CabinetSpec:
    rng = np.random.default_rng([zlib.crc32(name.encode()), index])
    y, z = _spread(index, HANDLE_Y), _spread(index, HANDLE_Z, step=0.7548776662466927)
    is_door = family.joint == "hinge"
    is_left = (index + index // 4) % 2 == 0  # on which side a door has its hinge
    front = _door_around(y, z, is_left, rng) if is_door else _drawer_around(y, z, rng)
    face = _face_around(front, rng)
    layout = family.layouts[index // 2 % len(family.layouts)]
    joint = _hinge(front, is_left) if is_door else _slide(front)
    design = mount(
        family.handles[index % len(family.handles)](rng),
        (0.0, y - joint.origin[1], z - joint.origin[2]),
    )
    moving = door(front, joint.origin[1]) if is_door else drawer(front)
    lower, upper = front_box(front)
    aside = front.centre[0] - joint.origin[1]
    return CabinetSpec(
        name=f"{name}/{index:02d}",
        body=(carcass(face), *map(panel, fixed_fronts(layout, face, front, rng))),
        part=(*moving, *design.shapes),
        joint=joint,
        handle=design.handle,
        box=((lower[0], lower[1] + aside, lower[2]), (upper[0], upper[1] + aside, upper[2])),
        materials=_materials(family, rng),
    )


def _slide(front: Rectangle) -> Joint:
    return Joint("slide", (1.0, 0.0, 0.0), (0.0, *front.centre), DRAWER_TRAVEL)


def _hinge(front: Rectangle, is_left: bool) -> Joint:
    """Return the joint of a door: opening turns its free edge outwards."""
    y, turn = (front.left, -1.0) if is_left else (front.right, 1.0)
    return Joint("hinge", (0.0, 0.0, turn), (0.0, y, front.centre[1]), DOOR_TRAVEL)


def _spread(index: int, limits: tuple[float, float], step: float = 0.5698402909980532) -> float:
    """Return term `index` of an additive sequence that fills `limits` evenly for any length.

    The two steps are those of the R2 sequence (Roberts 2018, "The unreasonable effectiveness of
    quasirandom sequences"), so that pairs of terms fill the plane evenly too.
    """
    low, high = limits
    return low + (high - low) * ((0.5 + index * step) % 1.0)


def _drawer_around(y: float, z: float, rng: np.random.Generator) -> Rectangle:
    """Return a drawer front that holds a handle at `(y, z)`, not always in its middle."""
    half_width, half_height = rng.uniform(0.15, 0.22), rng.uniform(0.07, 0.1)
    centre = y + rng.uniform(-0.04, 0.04)
    return Rectangle(centre - half_width, centre + half_width, z - half_height, z + half_height)


def _door_around(y: float, z: float, is_left: bool, rng: np.random.Generator) -> Rectangle:
    """Return a door that holds a handle at `(y, z)` near its free edge."""
    width, half_height = rng.uniform(0.28, 0.42), rng.uniform(0.16, 0.24)
    inset, middle = rng.uniform(0.035, 0.055), z + rng.uniform(-0.06, 0.06)
    free = y + inset if is_left else y - inset
    left, right = (free - width, free) if is_left else (free, free + width)
    return Rectangle(left, right, middle - half_height, middle + half_height)


def _face_around(front: Rectangle, rng: np.random.Generator) -> Rectangle:
    return Rectangle(
        front.left - rng.uniform(0.15, 0.3),
        front.right + rng.uniform(0.15, 0.3),
        front.bottom - rng.uniform(0.3, 0.6),
        front.top + rng.uniform(0.1, 0.25),
    )


def _materials(family: Family, rng: np.random.Generator) -> dict[str, Material]:
    def surface() -> Material:
        texture = TEXTURES[family.textures[rng.integers(len(family.textures))]](rng)
        colour = rng.uniform(0.35, 1.0, 3)
        return Material((float(colour[0]), float(colour[1]), float(colour[2])), texture)

    metal = float(rng.uniform(0.1, 0.9))
    return {"body": surface(), "front": surface(), "handle": Material((metal, metal, metal))}
