"""The state that tasks and experts read: that of the physics, how to grasp, and the last step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.physics.physics import Array, PhysicsState


@dataclass(frozen=True)
class State(PhysicsState):
    """State of N environments at one moment, with the geometry of a grasp; see `PhysicsState`.

    Attributes:
        handle_position: `(N, 3)` m, the grasp point on the moving part.
        grip_axis: `(N, 3)` unit direction in which the fingers close on the handle.
        joint_axis: `(N, 3)` unit axis of the cabinet's joint.
        is_hinge: `(N,)` bool, whether the joint turns.
        front_axis: `(N, 3)` unit normal of the moving part's front, outwards.
        pull_axis: `(N, 3)` unit direction in which the handle moves as the joint opens.
        lever: `(N,)` travel of the handle per joint position: 1, or the handle's radius (m) about a
            hinge.
        handle_width: `(N,)` m, between the fingers.
        root_position: `(N, 3)` m, the robot's root.
        hand_pose: `(N, 7)` of the hand.
        finger_poses: `(N, 2, 7)` of the left and the right finger.
        cabinet_pose: `(N, 7)` of the cabinet's root, in its own axes, see `CabinetSpec.cloud`.
        part_pose: `(N, 7)` of its moving link, likewise.
        cabinets: N descriptions, one per environment.
        last_actions: `(N, A)` float32, those of the last control step; 0 as an episode begins.
        was_in_stage: `(N,)` bool, whether the hand was where it can grasp when they were chosen.

    A pose is a position, m, and a quaternion `(w, x, y, z)`.
    """

    handle_position: Array
    grip_axis: Array
    joint_axis: Array
    is_hinge: NDArray[np.bool_]
    front_axis: Array
    pull_axis: Array
    lever: Array
    handle_width: Array
    root_position: Array
    hand_pose: Array
    finger_poses: Array
    cabinet_pose: Array
    part_pose: Array
    cabinets: tuple[CabinetSpec, ...]
    last_actions: NDArray[np.float32]
    was_in_stage: NDArray[np.bool_]
