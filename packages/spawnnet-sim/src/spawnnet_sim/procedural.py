"""Cabinets drawn by a seeded generator: named, versioned sets that are the same on every machine.

A set's training and held-out families share no kind of handle, no layout of fronts and no kind of
texture, so that they differ in kind and not only in numbers. Only the front that opens carries a
handle: which front to open is therefore visible, and no goal has to be given to the policy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spawnnet_sim.cabinet import CabinetSpec, Joint, Material, Shape, Vector
from spawnnet_sim.handles import HELD_OUT_HANDLES, TRAIN_HANDLES, HandleDesign, mount
from spawnnet_sim.textures import TEXTURES

HANDLE_Y = (-0.16, 0.16)  # range of handle positions, metres in the cabinet's frame
HANDLE_Z = (0.90, 1.14)
FRONT_THICKNESS = 0.02  # metres
GAP = 0.006  # metres between neighbouring fronts
DRAWER_DEPTH = 0.30  # metres from front to back of the tray
DRAWER_TRAVEL = 0.25  # metres


@dataclass(frozen=True)
class Family:
    """What distinguishes the cabinets of one set from those of another."""

    handles: tuple[Callable[[np.random.Generator], HandleDesign], ...]
    layouts: tuple[str, ...]
    textures: tuple[str, ...]


SETS: dict[str, Family] = {
    "drawer-train-v1": Family(TRAIN_HANDLES, ("stack", "columns"), ("plain", "wood", "speckle")),
    "drawer-held-out-v1": Family(HELD_OUT_HANDLES, ("centre", "corner"), ("stripes", "checker")),
}


@dataclass(frozen=True)
class Rectangle:
    """A region of the cabinet's face, metres in the cabinet's frame."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle `(y, z)`."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2


def generate_cabinets(name: str, count: int) -> tuple[CabinetSpec, ...]:
    """Return the first `count` cabinets of a set; a longer set begins with the shorter one.

    Args:
        name: One of `SETS`.
        count: Number of cabinets, at least 1.

    Raises:
        KeyError: If there is no such set.
    """
    return tuple(_drawer_cabinet(name, SETS[name], index) for index in range(count))


def _drawer_cabinet(name: str, family: Family, index: int) -> CabinetSpec:
    rng = np.random.default_rng([zlib.crc32(name.encode()), index])
    y, z = _spread(index, HANDLE_Y), _spread(index, HANDLE_Z, step=0.7548776662466927)
    front = _front_around(y, z, rng)
    face = _face_around(front, rng)
    layout = family.layouts[index // 2 % len(family.layouts)]
    centre_y, centre_z = front.centre
    design = mount(
        family.handles[index % len(family.handles)](rng), (0.0, y - centre_y, z - centre_z)
    )
    return CabinetSpec(
        name=f"{name}/{index:02d}",
        body=(_carcass(face), *map(_panel, _fixed_fronts(layout, face, front, rng))),
        part=(*_drawer(front), *design.shapes),
        joint=Joint("slide", (1.0, 0.0, 0.0), (0.0, centre_y, centre_z), DRAWER_TRAVEL),
        handle=design.handle,
        box=_front_box(front),
        materials=_materials(family, rng),
    )


def _spread(index: int, limits: tuple[float, float], step: float = 0.5698402909980532) -> float:
    """Return term `index` of an additive sequence that fills `limits` evenly for any length.

    The two steps are those of the R2 sequence (Roberts 2018, "The unreasonable effectiveness of
    quasirandom sequences"), so that pairs of terms fill the plane evenly too.
    """
    low, high = limits
    return low + (high - low) * ((0.5 + index * step) % 1.0)


def _front_around(y: float, z: float, rng: np.random.Generator) -> Rectangle:
    """Return a drawer front that holds a handle at `(y, z)`, not always in its middle."""
    half_width, half_height = rng.uniform(0.15, 0.22), rng.uniform(0.07, 0.1)
    centre = y + rng.uniform(-0.04, 0.04)
    return Rectangle(centre - half_width, centre + half_width, z - half_height, z + half_height)


def _face_around(front: Rectangle, rng: np.random.Generator) -> Rectangle:
    return Rectangle(
        front.left - rng.uniform(0.15, 0.3),
        front.right + rng.uniform(0.15, 0.3),
        front.bottom - rng.uniform(0.3, 0.6),
        front.top + rng.uniform(0.1, 0.25),
    )


def _fixed_fronts(
    layout: str, face: Rectangle, front: Rectangle, rng: np.random.Generator
) -> list[Rectangle]:
    """Cut the face around the opening front into fronts that stay closed."""
    left, right = (face.left, front.left), (front.right, face.right)
    over, under = (front.top, face.top), (face.bottom, front.bottom)
    middle, width, height = (
        (front.left, front.right),
        (face.left, face.right),
        (front.bottom, front.top),
    )
    rows = int(rng.integers(1, 4))
    pieces = {
        "stack": [(width, over, 1, 1), (width, under, rows, 1)],
        "columns": [(left, (face.bottom, face.top), 1, 1), (right, (face.bottom, face.top), 1, 1)],
        "centre": [(width, over, 1, 3), (width, under, rows, 2)],
        "corner": [(width, under, 1, 4), (width, over, 1, 2)],
    }[layout]
    if layout == "columns":
        pieces += [(middle, over, 1, 1), (middle, under, rows, 1)]
    else:
        pieces += [(left, height, 1, 1), (right, height, 1, 1)]
    return [part for y, z, rows, columns in pieces for part in _cut(y, z, rows, columns)]


def _cut(
    y: tuple[float, float], z: tuple[float, float], rows: int, columns: int
) -> list[Rectangle]:
    ys, zs = np.linspace(*y, columns + 1), np.linspace(*z, rows + 1)
    return [
        Rectangle(*map(float, (ys[c], ys[c + 1], zs[r], zs[r + 1])))
        for r in range(rows)
        for c in range(columns)
    ]


def _carcass(face: Rectangle) -> Shape:
    y, z = face.centre
    half = (0.2, (face.right - face.left) / 2, (face.top - face.bottom) / 2)
    return Shape("box", half, (-half[0] - FRONT_THICKNESS, y, z))


def _panel(region: Rectangle) -> Shape:
    y, z = region.centre
    return Shape("box", _half_extents(region), (-FRONT_THICKNESS / 2, y, z), material="front")


def _half_extents(region: Rectangle) -> Vector:
    return (
        FRONT_THICKNESS / 2,
        (region.right - region.left - GAP) / 2,
        (region.top - region.bottom - GAP) / 2,
    )


def _front_box(front: Rectangle) -> tuple[Vector, Vector]:
    _, half_y, half_z = _half_extents(front)
    return (-FRONT_THICKNESS, -half_y, -half_z), (0.0, half_y, half_z)


def _drawer(front: Rectangle) -> tuple[Shape, ...]:
    """A front with an open tray behind it, in the drawer's frame (middle of the front)."""
    half = _half_extents(front)
    wide, high, thin = half[1] - 0.02, half[2] - 0.02, 0.005
    middle = -FRONT_THICKNESS - DRAWER_DEPTH / 2
    side = (DRAWER_DEPTH / 2, thin, high)
    return (
        Shape("box", half, (-FRONT_THICKNESS / 2, 0.0, 0.0), material="front"),
        Shape("box", (DRAWER_DEPTH / 2, wide, thin), (middle, 0.0, -high)),
        Shape("box", side, (middle, wide, 0.0)),
        Shape("box", side, (middle, -wide, 0.0)),
        Shape("box", (thin, wide, high), (middle - DRAWER_DEPTH / 2, 0.0, 0.0)),
    )


def _materials(family: Family, rng: np.random.Generator) -> dict[str, Material]:
    def surface() -> Material:
        texture = TEXTURES[family.textures[rng.integers(len(family.textures))]](rng)
        colour = rng.uniform(0.35, 1.0, 3)
        return Material((float(colour[0]), float(colour[1]), float(colour[2])), texture)

    metal = float(rng.uniform(0.1, 0.9))
    return {"body": surface(), "front": surface(), "handle": Material((metal, metal, metal))}
