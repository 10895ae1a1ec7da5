"""Where a cabinet stands in an environment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec, Shape, Vector
from spawnnet_sim.rotations import matrix_from_quaternion

Array = NDArray[np.float64]

ASSET_SCALE = 0.7  # of the original's assets, by which it does not scale their bounding boxes
CLEARANCE = 0.3  # m above the floor at which it would put the lower end of the unscaled box


def as_described(cabinet: CabinetSpec) -> CabinetSpec:
    """Leave the cabinet where its description puts it."""
    return cabinet


def as_original(cabinet: CabinetSpec) -> CabinetSpec:
    """Put the cabinet where the original release has it.

    There the front end of the bounding box stands at x = 0 and its lower end 0.3 m above the floor,
    but the box is that of the unscaled object: the cabinet hovers about half a metre high, and its
    front is some 10 cm behind x = 0. Cabinets that the original does not know are placed as its
    assets of that size are, whose roots are the middles of their boxes.
    """
    goal, root = cabinet.origin.original_position, np.array(cabinet.origin.root_position)
    if goal is None:
        lower, upper = extent(cabinet)
        root, half = (lower + upper) / 2, (upper - lower) / 2 / ASSET_SCALE
        goal = (-float(half[0]), 0.0, float(half[2]) + CLEARANCE)
    return moved(cabinet, np.subtract(goal, root))


def moved(cabinet: CabinetSpec, shift: Array) -> CabinetSpec:
    """Return the cabinet shifted by `(3,)` metres."""
    origin = cabinet.origin
    return replace(
        cabinet,
        body=tuple(replace(shape, position=_add(shape.position, shift)) for shape in cabinet.body),
        joint=replace(cabinet.joint, origin=_add(cabinet.joint.origin, shift)),
        origin=replace(origin, root_position=_add(origin.root_position, shift)),
    )


def extent(cabinet: CabinetSpec) -> tuple[Array, Array]:
    """Return the corners of a box around the closed cabinet, `(3,)` m each."""
    boxes = [*_boxes(cabinet.body), *_boxes(cabinet.part, np.array(cabinet.joint.origin))]
    lower, upper = (np.stack(corners) for corners in zip(*boxes, strict=True))
    return lower.min(axis=0), upper.max(axis=0)


def _boxes(shapes: Iterable[Shape], shift: Array | float = 0.0) -> list[tuple[Array, Array]]:
    return [(lower + shift, upper + shift) for lower, upper in map(_box, shapes)]


def _box(shape: Shape) -> tuple[Array, Array]:
    """Return the corners of a box around a shape, in the frame that holds it."""
    rotation, position = (
        matrix_from_quaternion(np.array(shape.quaternion)),
        np.array(shape.position),
    )
    if shape.mesh is not None:
        points = shape.mesh.vertices @ rotation.T + position
        return points.min(axis=0), points.max(axis=0)
    half = np.abs(rotation) @ _half_extents(shape)
    return position - half, position + half


def _half_extents(shape: Shape) -> Array:
    radius, length, _ = shape.size
    return {
        "sphere": np.full(3, radius),
        "cylinder": np.array([radius, radius, length]),
        "capsule": np.array([radius, radius, length + radius]),
    }.get(shape.kind, np.array(shape.size))


def _add(position: Vector, shift: Array) -> Vector:
    x, y, z = np.add(position, shift).tolist()
    return x, y, z
