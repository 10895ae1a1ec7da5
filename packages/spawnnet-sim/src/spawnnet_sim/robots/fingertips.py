"""Where the fingertips are and how they move: the point of the robot that matters."""

from __future__ import annotations

import numpy as np

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec


def tip_position(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return the point between the fingertips, `(N, 3)` m."""
    hand = state.link_rotations[:, robot.hand_index]
    return state.link_positions[:, robot.hand_index] + robot.tip_offset * hand[:, :, 2]


def tip_velocity(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return the linear velocity of the same point, `(N, 3)` m/s."""
    linear, angular = state.hand_velocity[:, :3], state.hand_velocity[:, 3:]
    lever = robot.tip_offset * state.link_rotations[:, robot.hand_index, :, 2]
    return linear + np.cross(angular, lever)


def finger_gap(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return the distance between the fingers, `(N,)` m."""
    gap: Array = state.joint_positions[:, robot.effort_driven].sum(axis=1)
    return gap


def finger_gap_velocity(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return how fast the fingers open, `(N,)` m/s."""
    velocity: Array = state.joint_velocities[:, robot.effort_driven].sum(axis=1)
    return velocity
