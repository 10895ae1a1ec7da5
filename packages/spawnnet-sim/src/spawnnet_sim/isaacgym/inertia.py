"""Mass and inertia of solids, which URDF files have to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import Shape
from spawnnet_sim.rotations import matrix_from_quaternion

Array = NDArray[np.float64]

_POINT = 0.01  # m, radius of what has no extent; physics divides by inertias


class Inertia(NamedTuple):
    """How a body resists being moved.

    Attributes:
        mass: kg.
        centre: `(3,)` m, centre of mass in the body's frame.
        matrix: `(3, 3)` kg m^2 about that centre, along the body's axes.
    """

    mass: float
    centre: Array
    matrix: Array


def of_density(shapes: Sequence[Shape], density: float) -> Inertia:
    """Return the inertia of solids of one density, kg/m^3."""
    return _sum(_solid(shape, density * volume(shape)) for shape in shapes)


def of_mass(shapes: Sequence[Shape], mass: float) -> Inertia:
    """Return the inertia of solids that have equal shares of a mass, kg; without, of a point."""
    if not shapes:
        return Inertia(mass, np.zeros(3), mass * _POINT**2 * np.eye(3))
    return _sum(_solid(shape, mass / len(shapes)) for shape in shapes)


def volume(shape: Shape) -> float:
    """Return the volume of a solid, m^3."""
    radius, half, _ = shape.size
    if shape.kind in ("box", "contact_box"):
        return float(8 * np.prod(shape.size))
    sphere, cylinder = 4 / 3 * np.pi * radius**3, 2 * half * np.pi * radius**2
    return float({"sphere": sphere, "cylinder": cylinder, "capsule": sphere + cylinder}[shape.kind])


def _sum(parts: Iterable[Inertia]) -> Inertia:
    parts = list(parts)
    mass = sum(part.mass for part in parts)
    centre = sum((part.mass * part.centre for part in parts), np.zeros(3)) / mass
    matrix = sum((part.matrix + _shifted(part, centre) for part in parts), np.zeros((3, 3)))
    return Inertia(mass, centre, matrix)


def _shifted(part: Inertia, centre: Array) -> Array:
    """Return what is added about a centre other than the part's own."""
    offset = part.centre - centre
    return part.mass * (offset @ offset * np.eye(3) - np.outer(offset, offset))


def _solid(shape: Shape, mass: float) -> Inertia:
    rotation = matrix_from_quaternion(np.array(shape.quaternion))
    matrix = rotation @ np.diag(mass * _moments(shape)) @ rotation.T
    return Inertia(mass, np.array(shape.position), matrix)


def _moments(shape: Shape) -> Array:
    """Return the principal moments per kg, `(3,)` m^2."""
    radius, half, _ = shape.size
    if shape.kind in ("box", "contact_box"):
        squares = np.square(shape.size) / 3
        return np.asarray(squares.sum() - squares)
    sphere = np.full(3, 0.4 * radius**2)
    if shape.kind == "sphere":
        return sphere
    across = radius**2 / 4 + half**2 / 3
    cylinder = np.array([across, across, radius**2 / 2])
    if shape.kind == "cylinder":
        return cylinder
    share = half / (half + 2 * radius / 3)  # of the cylinder between the capsule's halves
    offset = half**2 + 3 / 4 * half * radius  # of the halves of the sphere from the middle
    return share * cylinder + (1 - share) * (sphere + offset * np.array([1.0, 1.0, 0.0]))
