"""Families of handles: shapes on a front, and where to grasp them.

A builder returns the handle in the frame of its foot: origin on the front's surface, x outwards.
All of them fit between the fingers of the robot, which open to 8 cm, and stand off the front far
enough for the fingertips to reach behind the grasp point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from spawnnet_sim.cabinets.cabinet import Handle, Quaternion, Shape, Vector

ALONG_X: Quaternion = (0.7071067811865476, 0.0, 0.7071067811865476, 0.0)  # turns z to x
ALONG_Y: Quaternion = (0.7071067811865476, -0.7071067811865476, 0.0, 0.0)  # turns z to y

STANDOFF = 0.045  # metres from the front to the middle of the grasp
HANDLE_Y = (-0.16, 0.16)  # range of handle positions, metres in the cabinet's frame
HANDLE_Z = (0.90, 1.14)
POST = 0.006  # radius of the posts that carry a handle, metres


class HandleDesign(NamedTuple):
    """The solids of a handle and how to grasp them, in the frame of its foot."""

    shapes: tuple[Shape, ...]
    handle: Handle


def horizontal_bar(rng: np.random.Generator) -> HandleDesign:
    """Round bar along y on two posts."""
    radius, half = rng.uniform(0.008, 0.011), rng.uniform(0.05, 0.09)
    bar = _rod("capsule", radius, half, (STANDOFF, 0, 0), ALONG_Y)
    posts = (_post(-0.8 * half, 0), _post(0.8 * half, 0))
    return HandleDesign((bar, *posts), _grasp("horizontal_bar", (0, 0, 1), 2 * radius))


def vertical_bar(rng: np.random.Generator) -> HandleDesign:
    """Square bar along z on two posts."""
    radius, half = rng.uniform(0.008, 0.011), rng.uniform(0.04, 0.06)
    bar = Shape("box", (radius, radius, half), (STANDOFF, 0, 0), material="handle")
    posts = (_post(0, -0.8 * half), _post(0, 0.8 * half))
    return HandleDesign((bar, *posts), _grasp("vertical_bar", (0, 1, 0), 2 * radius))


def knob(rng: np.random.Generator) -> HandleDesign:
    """Ball on a stem."""
    radius = rng.uniform(0.015, 0.02)
    ball = Shape("sphere", (radius, 0, 0), (STANDOFF, 0, 0), material="handle")
    return HandleDesign((ball, _post(0, 0)), _grasp("knob", (0, 1, 0), 2 * radius))


def block(rng: np.random.Generator) -> HandleDesign:
    """Cuboid on a stem, wider than high."""
    half = (0.015, rng.uniform(0.02, 0.035), rng.uniform(0.012, 0.018))
    cuboid = Shape("box", half, (STANDOFF, 0, 0), material="handle")
    return HandleDesign((cuboid, _post(0, 0)), _grasp("block", (0, 0, 1), 2 * half[2]))


def tee(rng: np.random.Generator) -> HandleDesign:
    """Short upright cylinder on one thick stem."""
    radius, half = rng.uniform(0.009, 0.012), rng.uniform(0.025, 0.035)
    bar = _rod("cylinder", radius, half, (STANDOFF, 0, 0))
    stem = _rod("cylinder", 0.009, STANDOFF / 2, (STANDOFF / 2, 0, 0), ALONG_X)
    return HandleDesign((bar, stem), _grasp("tee", (0, 1, 0), 2 * radius))


def arch(rng: np.random.Generator) -> HandleDesign:
    """Bar along y whose ends slope back to the front."""
    radius, half = rng.uniform(0.007, 0.01), rng.uniform(0.03, 0.045)
    bar = _rod("capsule", radius, half, (STANDOFF, 0, 0), ALONG_Y)
    legs = tuple(_leg(side * half, radius) for side in (-1, 1))
    return HandleDesign((bar, *legs), _grasp("arch", (0, 0, 1), 2 * radius))


def tab(rng: np.random.Generator) -> HandleDesign:
    """Flat plate that sticks out of the front."""
    half = (0.03, rng.uniform(0.03, 0.05), rng.uniform(0.004, 0.006))
    plate = Shape("box", half, (0.03, 0, 0), material="handle")
    return HandleDesign((plate,), _grasp("tab", (0, 0, 1), 2 * half[2]))


def upright_block(rng: np.random.Generator) -> HandleDesign:
    """Cuboid on a stem, higher than wide."""
    return _upright(block(rng), "upright_block")


def upright_arch(rng: np.random.Generator) -> HandleDesign:
    """Bar along z whose ends slope back to the front."""
    return _upright(arch(rng), "upright_arch")


def fin(rng: np.random.Generator) -> HandleDesign:
    """Flat upright plate that sticks out of the front."""
    return _upright(tab(rng), "fin")


TRAIN_HANDLES: tuple[Callable[[np.random.Generator], HandleDesign], ...] = (
    horizontal_bar,
    knob,
    vertical_bar,
    block,
)
HELD_OUT_HANDLES: tuple[Callable[[np.random.Generator], HandleDesign], ...] = (tee, arch, tab)
# On doors a hand that grips sideways follows the turning handle best.
TRAIN_DOOR_HANDLES = (vertical_bar, knob, horizontal_bar, upright_block)
HELD_OUT_DOOR_HANDLES = (tee, upright_arch, fin)


def mount(design: HandleDesign, foot: Vector) -> HandleDesign:
    """Move a handle so that its foot stands at `foot`, `(3,)` metres in the part's frame."""
    return HandleDesign(
        tuple(replace(shape, position=_add(shape.position, foot)) for shape in design.shapes),
        replace(design.handle, position=_add(design.handle.position, foot)),
    )


def _upright(design: HandleDesign, kind: str) -> HandleDesign:
    """Turn a handle by a quarter turn about x: y becomes z, z becomes -y."""

    def turned(shape: Shape) -> Shape:
        x, y, z = shape.position
        half = 0.7071067811865476
        w, i, j, k = shape.quaternion
        quaternion = (half * (w - i), half * (i + w), half * (j - k), half * (k + j))
        return replace(shape, position=(x, -z, y), quaternion=quaternion)

    x, y, z = design.handle.grip_axis
    handle = replace(design.handle, kind=kind, grip_axis=(x, -z, y))
    return HandleDesign(tuple(turned(shape) for shape in design.shapes), handle)


def _grasp(kind: str, grip_axis: Vector, width: float) -> Handle:
    return Handle(kind, (STANDOFF, 0.0, 0.0), grip_axis, width)


def _post(y: float, z: float) -> Shape:
    return _rod("cylinder", POST, STANDOFF / 2, (STANDOFF / 2, y, z), ALONG_X)


def _rod(
    kind: str,
    radius: float,
    half: float,
    position: Vector,
    quaternion: Quaternion = (1.0, 0.0, 0.0, 0.0),
) -> Shape:
    return Shape(
        "capsule" if kind == "capsule" else "cylinder",
        (radius, half, 0.0),
        position,
        quaternion,
        "handle",
    )


def _leg(y: float, radius: float) -> Shape:
    """A capsule from the bar's end at `y` outwards and back to the front, at 45 degrees."""
    side = np.sign(y)
    half = STANDOFF / np.sqrt(2)
    middle = (STANDOFF / 2, float(y + side * STANDOFF / 2), 0.0)
    # z is turned to (1, -side, 0) / sqrt(2): half a turn about the bisector of the two.
    axis = np.array([1 / np.sqrt(2), -side / np.sqrt(2), 1.0]) / np.sqrt(2)
    turn = (0.0, float(axis[0]), float(axis[1]), float(axis[2]))
    return _rod("capsule", radius, half, middle, turn)


def _add(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])
