"""The robot: a Franka Panda on a planar slide, drawn with primitive solids.

Link lengths and joint limits are those that Franka Emika publishes for the arm ("Robot and
interface specifications": Denavit-Hartenberg parameters and limits in joint space); efforts,
gripper stroke and drive gains are those of the original release. The arm faces the cabinet: its
base is turned by half a turn, so it looks along -x. Eleven joints: two slides of the base (x, y),
seven of the arm, two fingers. Nothing here depends on an engine.
"""

from __future__ import annotations

import numpy as np

from spawnnet_sim.cabinets.cabinet import IDENTITY, Quaternion, Shape, Vector
from spawnnet_sim.physics.robot_spec import Link, RobotSpec

_QUARTER = 0.7071067811865476
_TO_MINUS_Y: Quaternion = (_QUARTER, -_QUARTER, 0.0, 0.0)  # -90 degrees about x
_TO_PLUS_Y: Quaternion = (_QUARTER, _QUARTER, 0.0, 0.0)  # +90 degrees about x

FINGER_STROKE = 0.04  # metres of each finger

# Gains: stiffness and damping of the drives.
ARM_GAINS = (400.0, 40.0)  # N m / rad, N m s / rad, as in the original release
BASE_GAINS = (4000.0, 800.0)  # N / m, N s / m: the slides carry the whole arm
FINGER_GAINS = (0.0, 40.0)  # N s / m; efforts drive them
ARMATURE = 0.01  # kg or kg m^2
FINGER_ARMATURE = 0.5  # kg; keeps light fingers from chattering
ARM_SPEEDS = (*[2.175] * 4, *[2.61] * 3)  # rad/s, as published
BASE_SPEED = 0.7  # m/s
BASE_MOBILITY = 0.3  # the base follows, the arm leads
_LIGHT: Vector = (0.92, 0.92, 0.94)  # of the arm


def _capsule(radius: float, start: Vector, end: Vector) -> Shape:
    """A capsule between two points of which one coordinate differs."""
    span = np.subtract(end, start)
    quaternion = (IDENTITY, _TO_MINUS_Y, (_QUARTER, 0.0, _QUARTER, 0.0))[
        {2: 0, 1: 1, 0: 2}[int(np.argmax(np.abs(span)))]
    ]
    x, y, z = np.add(start, end) / 2
    size = (radius, float(np.abs(span).max()) / 2, 0.0)
    return Shape("capsule", size, (float(x), float(y), float(z)), quaternion)


def _arm(
    index: int,
    position: Vector,
    quaternion: Quaternion,
    limits: tuple[float, float],
    effort: float,
    mass: float,
    *shapes: Shape,
) -> Link:
    parent = "base" if index == 1 else f"link{index - 1}"
    axis = (0.0, 0.0, 1.0)
    return Link(
        f"link{index}", parent, position, quaternion, "hinge", axis, limits, effort, ARM_GAINS,
        ARMATURE, mass, shapes, ARM_SPEEDS[index - 1], _LIGHT,
    )  # fmt: skip


def _finger(name: str, side: float) -> Link:
    # The pad's inner face lies in the plane y = 0 of the finger, where both fingers meet.
    pad = Shape("box", (0.010, 0.006, 0.04), (0.0, side * 0.006, 0.04))
    position = (0.0, 0.0, 0.0584)
    axis, limits = (0.0, side, 0.0), (0.0, FINGER_STROKE)
    return Link(
        name, "hand", position, IDENTITY, "slide", axis, limits, 70.0, FINGER_GAINS,
        FINGER_ARMATURE, 0.1, (pad,),
    )  # fmt: skip


LINKS: tuple[Link, ...] = (
    Link(
        "slide", "root", (0, 0, 0), IDENTITY, "slide", (1, 0, 0), (-0.3, 0.3), 1000.0,
        BASE_GAINS, ARMATURE, 5.0,
        (Shape("box", (0.15, 0.15, 0.09), (0, 0, -0.1)),), BASE_SPEED, mobility=BASE_MOBILITY,
    ),
    Link(
        "base", "slide", (0, 0, 0), IDENTITY, "slide", (0, 1, 0), (-0.5, 0.5), 1000.0,
        BASE_GAINS, ARMATURE, 5.0,
        (_capsule(0.07, (0, 0, 0.05), (0, 0, 0.18)),), BASE_SPEED, mobility=BASE_MOBILITY,
    ),
    _arm(1, (0, 0, 0.333), IDENTITY, (-2.8973, 2.8973), 87.0, 3.0,
         _capsule(0.06, (0, 0, -0.15), (0, 0, 0))),
    _arm(2, (0, 0, 0), _TO_MINUS_Y, (-1.7628, 1.7628), 87.0, 3.0,
         _capsule(0.06, (0, 0, -0.06), (0, 0, 0.06)), _capsule(0.055, (0, -0.08, 0), (0, -0.2, 0))),
    _arm(3, (0, -0.316, 0), _TO_PLUS_Y, (-2.8973, 2.8973), 87.0, 2.5,
         _capsule(0.055, (0, 0, -0.1), (0, 0, -0.02)), _capsule(0.05, (0.02, 0, 0), (0.08, 0, 0))),
    _arm(4, (0.0825, 0, 0), _TO_PLUS_Y, (-3.0718, -0.0698), 87.0, 2.5,
         _capsule(0.055, (0, 0, -0.05), (0, 0, 0.05)),
         _capsule(0.05, (-0.0825, 0.05, 0), (-0.0825, 0.15, 0))),
    _arm(5, (-0.0825, 0.384, 0), _TO_MINUS_Y, (-2.8973, 2.8973), 12.0, 2.0,
         _capsule(0.05, (0, 0, -0.22), (0, 0, -0.12)),
         _capsule(0.035, (0, 0.06, -0.1), (0, 0.06, -0.02))),
    _arm(6, (0, 0, 0), _TO_PLUS_Y, (-0.0175, 3.7525), 12.0, 1.5,
         _capsule(0.045, (0, 0, -0.05), (0, 0, 0.03)), _capsule(0.04, (0.02, 0, 0), (0.07, 0, 0))),
    _arm(7, (0.088, 0, 0), _TO_PLUS_Y, (-2.8973, 2.8973), 12.0, 0.7,
         _capsule(0.04, (0, 0, 0.0), (0, 0, 0.07))),
    Link(
        "hand", "link7", (0, 0, 0.107), (0.9238795325112867, 0, 0, -0.3826834323650898), None,
        (0, 0, 1), (0, 0), 0.0, (0.0, 0.0), 0.0, 0.7,
        (Shape("box", (0.03, 0.1, 0.025), (0, 0, 0.03)),),
    ),
    _finger("left_finger", 1.0),
    _finger("right_finger", -1.0),
)  # fmt: skip

PANDA = RobotSpec(
    links=LINKS,
    root_position=(0.95, 0.0, 0.20),  # low enough for level grasps within the limits of joint 6
    root_quaternion=(0.0, 0.0, 0.0, 1.0),
    # Hand level, in front of the cabinet, rolled half-way between upright and level grasps.
    start_pose=(0.0, 0.0, 0.0, -0.05, 0.0, -1.8, 0.0, 3.32, 0.0, FINGER_STROKE, FINGER_STROKE),
    start_spread=(0.05, 0.1, *[0.1] * 7, 0.0, 0.0),
    hand="hand",
    fingers=("left_finger", "right_finger"),
    tip_offset=0.13,
    finger_length=0.075,
)
