"""The simulated environments, as every engine offers them to the tasks.

A physics engine knows robots, cabinets and cameras, but no tasks: it resets, steps, reports its
state by name and renders. Everything is in each environment's own frame; quaternions are
`(w, x, y, z)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec

Array = NDArray[np.float64]
Seeds = NDArray[np.int64]


@dataclass(frozen=True)
class State:
    """State of N environments at one moment; arrays are copies.

    Attributes:
        joint_positions: `(N, 11)` of the robot: base x, y (m), arm (rad), fingers (m).
        joint_velocities: `(N, 11)`, per second.
        targets: `(N, 9)` position targets of base and arm that the drives follow.
        link_positions: `(N, L, 3)` m, origins of `panda.LINKS`.
        link_rotations: `(N, L, 3, 3)` orientation matrices of the same.
        hand_velocity: `(N, 6)` of the hand's origin: linear (m/s), angular (rad/s).
        part_position: `(N,)` opening of the cabinet's joint, m or rad.
        part_velocity: `(N,)`, per second.
        handle_position: `(N, 3)` m, the grasp point on the moving part.
        grip_axis: `(N, 3)` unit direction in which the fingers close on the handle.
        joint_axis: `(N, 3)` unit axis of the cabinet's joint.
        is_hinge: `(N,)` bool, whether the joint turns.
        front_axis: `(N, 3)` unit normal of the moving part's front, outwards.
        pull_axis: `(N, 3)` unit direction in which the handle moves as the joint opens.
        lever: `(N,)` travel of the handle per joint position: 1, or the handle's radius (m) about a
            hinge.
        handle_width: `(N,)` m, between the fingers.
        efforts: `(N, 2)` N, commanded forces of the fingers.
    """

    joint_positions: Array
    joint_velocities: Array
    targets: Array
    link_positions: Array
    link_rotations: Array
    hand_velocity: Array
    part_position: Array
    part_velocity: Array
    handle_position: Array
    grip_axis: Array
    joint_axis: Array
    is_hinge: NDArray[np.bool_]
    front_axis: Array
    pull_axis: Array
    lever: Array
    handle_width: Array
    efforts: Array


class Images(NamedTuple):
    """What the cameras see.

    Attributes:
        rgb: `(N, V, 3, H, W)` uint8.
        depth: `(N, V, 1, H, W)` float32, metres along the optical axis, at most `MAX_DEPTH`.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]


MAX_DEPTH = 2.0  # metres; farther surfaces and the sky read as this, as in the original release


class Physics(Protocol):
    """A batch of N simulated environments."""

    @property
    def num_envs(self) -> int:
        """N."""

    @property
    def renderer(self) -> str:
        """Name of what draws the images."""

    def set_cabinets(self, cabinets: Sequence[CabinetSpec]) -> None:
        """Put other cabinets into the environments, which must be reset before anything else.

        Args:
            cabinets: One per environment.
        """

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close the cabinets of the masked environments and put their robots at rest.

        Position targets become the given positions; nothing of the past episode survives.

        Args:
            mask: `(N,)`, the environments to reset.
            joint_positions: `(N, 11)`; rows outside the mask are ignored.
            seeds: `(N,)`, at least 0, of what the engine varies between episodes; the seed of an
                environment decides all that varies in it. By default 0.
        """

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step.

        Args:
            targets: `(N, 9)` position targets of base and arm, m and rad.
            efforts: `(N, 2)` forces that open (+) or close (-) the fingers, N.
        """

    def state(self) -> State:
        """Return the current state."""

    def render(self) -> Images:
        """Return what every camera sees now."""

    def close(self) -> None:
        """Free the engine; closing twice is allowed."""
