"""The simulated environments, as every engine offers them.

A physics engine knows robots, cabinets and cameras, but neither grasps nor tasks: it resets, steps,
reports joints and links by name and renders. Everything is in each environment's own frame;
quaternions are `(w, x, y, z)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.physics.scene import Scene

Array = NDArray[np.float64]
Seeds = NDArray[np.int64]
Snapshot = NDArray[np.uint8]

MAX_DEPTH = 2.0  # metres; farther surfaces and the sky read as this, as in the original release


@dataclass(frozen=True)
class PhysicsState:
    """State of N environments at one moment; arrays are copies, shapes those of `state_shapes`.

    Attributes:
        joint_positions: `(N, J)` of the robot, m or rad: driven joints, then fingers.
        joint_velocities: `(N, J)`, per second.
        targets: `(N, D)` position targets that the drives follow.
        efforts: `(N, J - D)` N, commanded forces of the fingers.
        link_positions: `(N, L, 3)` m, origins of the robot's links.
        link_rotations: `(N, L, 3, 3)` orientation matrices of the same.
        hand_velocity: `(N, 6)` of the hand's origin: linear (m/s), angular (rad/s).
        part_position: `(N,)` opening of the cabinet's joint, m or rad.
        part_velocity: `(N,)`, per second.
        part_link_position: `(N, 3)` m, origin of the cabinet's moving part, on its joint's axis.
        part_link_rotation: `(N, 3, 3)` orientation matrix of the same.
    """

    joint_positions: Array
    joint_velocities: Array
    targets: Array
    efforts: Array
    link_positions: Array
    link_rotations: Array
    hand_velocity: Array
    part_position: Array
    part_velocity: Array
    part_link_position: Array
    part_link_rotation: Array


def state_shapes(robot: RobotSpec) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the fields of a `PhysicsState` in one environment; all are float64."""
    joints, driven, links = robot.num_joints, robot.num_driven, len(robot.links)
    return {
        "joint_positions": (joints,),
        "joint_velocities": (joints,),
        "targets": (driven,),
        "efforts": (joints - driven,),
        "link_positions": (links, 3),
        "link_rotations": (links, 3, 3),
        "hand_velocity": (6,),
        "part_position": (),
        "part_velocity": (),
        "part_link_position": (3,),
        "part_link_rotation": (3, 3),
    }


class Images(NamedTuple):
    """What the cameras see.

    Attributes:
        rgb: `(N, V, 3, H, W)` uint8.
        depth: `(N, V, 1, H, W)` float32, metres along the optical axis, at most `MAX_DEPTH`.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]


class Physics(Protocol):
    """A batch of N simulated environments."""

    @property
    def scene(self) -> Scene:
        """What is simulated."""

    @property
    def renderer(self) -> str:
        """Name of what draws the images."""

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close the cabinets of the masked environments and put their robots at rest.

        Position targets become the given positions; nothing of the past episode survives.

        Args:
            mask: `(N,)`, the environments to reset.
            joint_positions: `(N, J)`; rows outside the mask are ignored.
            seeds: `(N,)`, at least 0, of what the engine varies between episodes; the seed of an
                environment decides all that varies in it. By default 0.
        """

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step.

        Args:
            targets: `(N, D)` position targets, m and rad.
            efforts: `(N, J - D)` forces that open (+) or close (-) the fingers, N.
        """

    def state(self) -> PhysicsState:
        """Return the current state."""

    def render(self) -> Images:
        """Return what every camera sees now."""

    def snapshot(self) -> Snapshot:
        """Return what decides the future of the environments, `(N, K)` uint8, for `restore`."""

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot of the same scene, bit for bit."""

    def close(self) -> None:
        """Free the engine; closing twice is allowed."""


@runtime_checkable
class Watchable(Protocol):
    """An engine with a window of its own, which some have."""

    def show(self) -> None:
        """Show the first environment as it is now; the first call opens the window.

        Raises:
            ConfigurationError: If no window can be opened.
        """
