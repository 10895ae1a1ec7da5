"""Description of a robot, the same for every engine.

Quaternions are `(w, x, y, z)`; lengths metres, angles radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import Quaternion, Shape, Vector

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """One body of the robot with the joint that moves it.

    Attributes:
        name: Name of the body and of its joint.
        parent: Name of the body it hangs on; `root` for the first.
        position: Position of the joint's frame in the parent's frame, metres.
        quaternion: Orientation of the joint's frame in the parent's frame.
        joint: `slide` or `hinge`; None for a fixed body.
        axis: Axis of the joint, in the link's own frame.
        limits: Lower and upper limit, metres or radians.
        effort: Largest force or torque, N or N m.
        gains: Stiffness and damping of the joint's drive; without stiffness efforts drive it.
        armature: Inertia of the drive, kg or kg m^2.
        mass: Kilograms; approximate, gravity is compensated.
        shapes: Solids in the link's frame.
        speed: Largest speed of the joint, m/s or rad/s, that fingertip control asks for.
        rgb: Colour of the solids, in [0, 1].
        mobility: How readily inverse kinematics moves the joint.
        brake: Seconds; for a joint that its weak drive lets sway. Its target is set this much of
            its velocity behind, which damps it, and other joints make up for how it moves. 0 for
            joints that follow their targets.
    """

    name: str
    parent: str
    position: Vector
    quaternion: Quaternion
    joint: Literal["slide", "hinge"] | None
    axis: Vector
    limits: tuple[float, float]
    effort: float
    gains: tuple[float, float]
    armature: float
    mass: float
    shapes: tuple[Shape, ...]
    speed: float = math.inf
    rgb: Vector = (0.2, 0.22, 0.25)
    mobility: float = 1.0
    brake: float = 0.0


@dataclass(frozen=True, eq=False)
class RobotSpec:
    """An arm with a hand: J joints, of which the first D follow position targets.

    Attributes:
        links: The bodies, each after its parent.
        root_position: Where the root stands in an environment's frame.
        root_quaternion: How the root is turned there.
        start_pose: `J` joint positions around which episodes start.
        start_spread: `J` half widths of the random start pose.
        hand: Name of the link that carries the fingers; its z is the direction of approach, its y
            that in which the fingers close.
        fingers: Names of the left and the right finger, driven by efforts: the last joints.
        tip_offset: Metres from the hand's frame along its z to the point between the fingertips.
        finger_length: Metres from a finger's frame along the hand's z to its tip.
    """

    links: tuple[Link, ...]
    root_position: Vector
    root_quaternion: Quaternion
    start_pose: tuple[float, ...]
    start_spread: tuple[float, ...]
    hand: str
    fingers: tuple[str, str]
    tip_offset: float
    finger_length: float

    @cached_property
    def link_names(self) -> tuple[str, ...]:
        """Names of the links, L."""
        return tuple(link.name for link in self.links)

    @cached_property
    def joints(self) -> tuple[Link, ...]:
        """The links that a joint moves, J."""
        return tuple(link for link in self.links if link.joint is not None)

    @property
    def num_joints(self) -> int:
        """J."""
        return len(self.joints)

    @property
    def num_driven(self) -> int:
        """D, the number of joints that follow position targets."""
        return self.num_joints - len(self.fingers)

    @property
    def driven(self) -> slice:
        """The joints that follow position targets."""
        return slice(0, self.num_driven)

    @property
    def effort_driven(self) -> slice:
        """The joints of the fingers, which efforts drive."""
        return slice(self.num_driven, self.num_joints)

    def link_index(self, name: str) -> int:
        """Return the number of a link among all."""
        return self.link_names.index(name)

    @cached_property
    def hand_index(self) -> int:
        """Number of the hand among the links."""
        return self.link_index(self.hand)

    @cached_property
    def finger_indices(self) -> tuple[int, ...]:
        """Numbers of the left and the right finger among the links."""
        return tuple(map(self.link_index, self.fingers))

    @property
    def open_gap(self) -> float:
        """Metres between the fingers when they are open."""
        return float(self.upper[self.effort_driven].sum())

    @cached_property
    def home(self) -> Array:
        """The start pose, `(J,)`."""
        return np.array(self.start_pose)

    @cached_property
    def lower(self) -> Array:
        """Lower limits of the joints, `(J,)`."""
        return np.array([joint.limits[0] for joint in self.joints])

    @cached_property
    def upper(self) -> Array:
        """Upper limits of the joints, `(J,)`."""
        return np.array([joint.limits[1] for joint in self.joints])

    @cached_property
    def speed(self) -> Array:
        """Largest speeds of the joints, `(J,)`."""
        return np.array([joint.speed for joint in self.joints])

    @cached_property
    def mobility(self) -> Array:
        """How readily inverse kinematics moves the driven joints, `(D,)`."""
        return np.array([joint.mobility for joint in self.joints[self.driven]])

    @cached_property
    def brake(self) -> Array:
        """What damps the driven joints that sway, seconds, `(D,)`; 0 for those that do not."""
        return np.array([joint.brake for joint in self.joints[self.driven]])

    @cached_property
    def lag(self) -> Array:
        """Seconds by which the driven joints trail their targets, `(D,)`: damping by stiffness."""
        gains = np.array([joint.gains for joint in self.joints[self.driven]])
        lag: Array = gains[:, 1] / gains[:, 0]
        return lag

    @cached_property
    def effort(self) -> Array:
        """Largest forces and torques of the joints, `(J,)`."""
        return np.array([joint.effort for joint in self.joints])
