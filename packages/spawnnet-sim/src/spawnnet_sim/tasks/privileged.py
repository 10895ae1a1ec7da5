"""The full state of an environment as one vector: what a learned expert observes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.tasks.alignment import turn_to_grasp
from spawnnet_sim.tasks.state import State


def privileged_dim(robot: RobotSpec) -> int:
    """Return P, the width of `privileged_vector`."""
    return 2 * robot.num_joints + robot.num_driven + 35


def privileged_vector(robot: RobotSpec, state: State) -> NDArray[np.float32]:
    """Return the state of N environments, `(N, P)`; for the Panda P = 66.

    | columns | content |
    |---|---|
    | 0-10 | positions of base, arm and fingers, limits mapped to [-1, 1] |
    | 11-21 | their velocities, m/s and rad/s |
    | 22-30 | by how much the drives trail their targets, m and rad |
    | 31-33 | fingertips minus robot root, m |
    | 34-39 | hand velocity, linear m/s and angular rad/s |
    | 40-45 | axes y (grip) and z (approach) of the hand |
    | 46-48 | from the fingertips to the handle, m |
    | 49-51 | rotation that aligns the hand with the handle, rad |
    | 52-60 | grip axis, normal of the front, direction of pull |
    | 61-63 | lever of the handle and its width, m; 1 for a hinge |
    | 64-65 | opening and its velocity, m or rad, per second |
    """
    hand, tip = state.link_rotations[:, robot.hand_index], tip_position(robot, state)
    return np.concatenate(
        [
            2 * (state.joint_positions - robot.lower) / (robot.upper - robot.lower) - 1,
            state.joint_velocities,
            state.targets - state.joint_positions[:, robot.driven],
            tip - robot.root_position,
            state.hand_velocity,
            hand[:, :, 1],
            hand[:, :, 2],
            state.handle_position - tip,
            turn_to_grasp(robot, state),
            state.grip_axis,
            state.front_axis,
            state.pull_axis,
            np.stack([state.lever, state.handle_width, state.is_hinge], axis=1),
            np.stack([state.part_position, state.part_velocity], axis=1),
        ],
        axis=1,
    ).astype(np.float32)
