"""What the robot senses of itself, as vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.robot import Float32
from spawnnet_sim.rotations import quaternion_from_matrix

_EXTRA = 7  # columns that the original release adds


def proprioception_dim(robot: RobotSpec) -> int:
    """Return the width of `proprioception`."""
    return 2 * robot.num_driven + robot.num_joints + 13


def original_dim(robot: RobotSpec) -> int:
    """Return the width of `original_proprioception`."""
    return proprioception_dim(robot) + _EXTRA


def proprioception(robot: RobotSpec, state: PhysicsState, last_actions: Float32) -> Float32:
    """Return what the robot senses of itself, for the Panda `(N, 42)`.

    | columns | content |
    |---|---|
    | 0-8 | positions of base and arm, limits mapped to [-1, 1] |
    | 9-17 | their velocities, m/s and rad/s |
    | 18-19 | finger openings, stroke mapped to [0, 1] |
    | 20-22 | hand minus robot root, m |
    | 23-26 | hand quaternion `(x, y, z, w)` |
    | 27-32 | hand velocity, linear m/s and angular rad/s |
    | 33-41 | last action of base and arm |
    """
    driven, fingers = robot.driven, robot.effort_driven
    lower, upper = robot.lower[driven], robot.upper[driven]
    return np.concatenate(
        [
            2 * (state.joint_positions[:, driven] - lower) / (upper - lower) - 1,
            state.joint_velocities[:, driven],
            state.joint_positions[:, fingers] / robot.upper[fingers],
            state.link_positions[:, robot.hand_index] - robot.root_position,
            np.roll(quaternion_from_matrix(state.link_rotations[:, robot.hand_index]), -1, axis=1),
            state.hand_velocity,
            last_actions[:, driven],
        ],
        axis=1,
    ).astype(np.float32)


def original_proprioception(
    robot: RobotSpec, state: PhysicsState, last_actions: Float32, stage: NDArray[np.bool_]
) -> Float32:
    """Return the student's vector of the original release, for the Panda `(N, 49)`.

    It differs from `proprioception` in what only a simulator knows: in place of the finger openings
    (columns 18, 19) are position (m or rad) and velocity of the cabinet's joint, and the stage flag
    is added (42). The last six columns hold the expert's target there, and zeros for the student.

    Args:
        robot: The robot.
        state: State of N environments.
        last_actions: `(N, A)`.
        stage: `(N,)`, whether the hand is where it can grasp.
    """
    vector = np.zeros((len(last_actions), original_dim(robot)), np.float32)
    vector[:, :-_EXTRA] = proprioception(robot, state, last_actions)
    fingers = 2 * robot.num_driven
    vector[:, fingers] = state.part_position
    vector[:, fingers + 1] = state.part_velocity
    vector[:, -_EXTRA] = stage
    return vector
