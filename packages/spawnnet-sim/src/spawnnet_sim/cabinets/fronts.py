"""The face of a cabinet: how it is cut into fronts, and the solids of carcass, drawer and door."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spawnnet_sim.cabinets.cabinet import Shape, Vector

FRONT_THICKNESS = 0.02  # metres
GAP = 0.006  # metres between neighbouring fronts
DRAWER_DEPTH = 0.30  # metres from front to back of the tray


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


def fixed_fronts(
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


def carcass(face: Rectangle) -> Shape:
    """Return the block behind the fronts, in the cabinet's frame."""
    y, z = face.centre
    half = (0.2, (face.right - face.left) / 2, (face.top - face.bottom) / 2)
    return Shape("box", half, (-half[0] - FRONT_THICKNESS, y, z))


def panel(region: Rectangle) -> Shape:
    """Return a front that stays closed, in the cabinet's frame."""
    y, z = region.centre
    return Shape("box", _half_extents(region), (-FRONT_THICKNESS / 2, y, z), material="front")


def _half_extents(region: Rectangle) -> Vector:
    return (
        FRONT_THICKNESS / 2,
        (region.right - region.left - GAP) / 2,
        (region.top - region.bottom - GAP) / 2,
    )


def front_box(front: Rectangle) -> tuple[Vector, Vector]:
    """Return the corners of the box around a front, from its middle."""
    _, half_y, half_z = _half_extents(front)
    return (-FRONT_THICKNESS, -half_y, -half_z), (0.0, half_y, half_z)


def drawer(front: Rectangle) -> tuple[Shape, ...]:
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


def door(front: Rectangle, hinge: float) -> tuple[Shape, ...]:
    """Return a door leaf in its own frame: origin on the hinge, at middle height.

    Args:
        front: What the door covers.
        hinge: y of the hinge in the cabinet's frame, the left or right end of `front`.
    """
    y, _ = front.centre
    half = _half_extents(front)
    return (Shape("box", half, (-FRONT_THICKNESS / 2, y - hinge, 0.0), material="front"),)
