"""The robot: a Franka Panda on a planar slide, drawn with primitive solids.

Link lengths and joint limits are those that Franka Emika publishes for the arm ("Robot and
interface specifications": Denavit-Hartenberg parameters and limits in joint space); efforts,
gripper stroke and drive gains are those of the original release. The arm faces the cabinet: its
base is turned by half a turn, so it looks along -x. Eleven joints: two slides of the base (x, y),
seven of the arm, two fingers. Nothing here depends on an engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spawnnet_sim.cabinets.cabinet import IDENTITY, Quaternion, Shape, Vector

NUM_DRIVEN = 9  # joints that follow position targets: base and arm
NUM_JOINTS = 11  # and two fingers, driven by effort

_QUARTER = 0.7071067811865476
_TO_MINUS_Y: Quaternion = (_QUARTER, -_QUARTER, 0.0, 0.0)  # -90 degrees about x
_TO_PLUS_Y: Quaternion = (_QUARTER, _QUARTER, 0.0, 0.0)  # +90 degrees about x

TIP_OFFSET = 0.13  # metres from the hand's frame along its z to the point between the fingertips
FINGER_STROKE = 0.04  # metres of each finger

# Root of the slide in the environment's frame, metres; low enough for level grasps within joint 6.
ROOT_POSITION: Vector = (0.95, 0.0, 0.20)
ROOT_QUATERNION: Quaternion = (0.0, 0.0, 0.0, 1.0)

STIFFNESS = 400.0  # N m / rad of the arm's position drives, as in the original release
DAMPING = 40.0  # N m s / rad
BASE_STIFFNESS = 4000.0  # N / m: the slides carry the whole arm
BASE_DAMPING = 800.0  # N s / m
FINGER_DAMPING = 40.0  # N s / m


@dataclass(frozen=True)
class Link:
    """One body of the robot with the joint that moves it.

    Attributes:
        name: Name of the body; its joint is called `<name>_joint`.
        parent: Name of the body it hangs on; `root` for the first.
        position: Of the joint's frame in the parent's frame, metres.
        quaternion: Of the joint's frame in the parent's frame.
        joint: `slide` or `hinge`; None for a fixed body.
        axis: Of the joint, in the link's own frame.
        limits: Lower and upper, metres or radians.
        effort: Largest force or torque, N or N m.
        mass: Kilograms; approximate, gravity is compensated.
        shapes: Solids in the link's frame.
    """

    name: str
    parent: str
    position: Vector
    quaternion: Quaternion
    joint: str | None
    axis: Vector
    limits: tuple[float, float]
    effort: float
    mass: float
    shapes: tuple[Shape, ...]

    @property
    def gains(self) -> tuple[float, float]:
        """Stiffness and damping of the joint's drive; fingers have no stiffness."""
        if self.name.endswith("finger"):
            return 0.0, FINGER_DAMPING
        return (BASE_STIFFNESS, BASE_DAMPING) if self.joint == "slide" else (STIFFNESS, DAMPING)

    @property
    def lag(self) -> float:
        """Seconds by which the joint trails the target of its drive: damping over stiffness."""
        stiffness, damping = self.gains
        return damping / stiffness

    @property
    def armature(self) -> float:
        """Inertia of the drive, kg or kg m^2; keeps light fingers from chattering."""
        return 0.5 if self.name.endswith("finger") else 0.01


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
        f"link{index}", parent, position, quaternion, "hinge", axis, limits, effort, mass, shapes
    )


def _finger(name: str, quaternion: Quaternion) -> Link:
    # The pad's inner face lies in the plane y = 0 of the finger, where both fingers meet.
    pad = Shape("box", (0.010, 0.006, 0.04), (0.0, 0.006, 0.04))
    position = (0.0, 0.0, 0.0584)
    axis, limits = (0.0, 1.0, 0.0), (0.0, FINGER_STROKE)
    return Link(name, "hand", position, quaternion, "slide", axis, limits, 70.0, 0.1, (pad,))


LINKS: tuple[Link, ...] = (
    Link(
        "slide", "root", (0, 0, 0), IDENTITY, "slide", (1, 0, 0), (-0.3, 0.3), 1000.0, 5.0,
        (Shape("box", (0.15, 0.15, 0.09), (0, 0, -0.1)),),
    ),
    Link(
        "base", "slide", (0, 0, 0), IDENTITY, "slide", (0, 1, 0), (-0.5, 0.5), 1000.0, 5.0,
        (_capsule(0.07, (0, 0, 0.05), (0, 0, 0.18)),),
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
        (0, 0, 1), (0, 0), 0.0, 0.7, (Shape("box", (0.03, 0.1, 0.025), (0, 0, 0.03)),),
    ),
    _finger("left_finger", IDENTITY),
    _finger("right_finger", (0.0, 0.0, 0.0, 1.0)),
)  # fmt: skip

LINK_NAMES: tuple[str, ...] = tuple(link.name for link in LINKS)
JOINTS: tuple[Link, ...] = tuple(link for link in LINKS if link.joint is not None)
LOWER = np.array([link.limits[0] for link in JOINTS])
UPPER = np.array([link.limits[1] for link in JOINTS])
EFFORT = np.array([link.effort for link in JOINTS])
# Largest speeds, m/s and rad/s: of the arm as Franka Emika publishes them, of the base our choice.
SPEED = np.array([0.7, 0.7, *[2.175] * 4, *[2.61] * 3, 0.05, 0.05])

# Start: hand level, in front of the cabinet, rolled half-way between upright and level grasps.
HOME = np.array([0.0, 0.0, 0.0, -0.05, 0.0, -1.8, 0.0, 3.32, 0.0, FINGER_STROKE, FINGER_STROKE])
