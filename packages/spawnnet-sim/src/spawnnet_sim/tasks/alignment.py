"""How a hand is turned for a grasp."""

from __future__ import annotations

import numpy as np

from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.rotations import rotation_vector
from spawnnet_sim.tasks.state import State


def turn_to_grasp(robot: RobotSpec, state: State) -> Array:
    """Return the rotation that aligns the hand with the handle, axis times angle, `(N, 3)` rad."""
    hand = state.link_rotations[:, robot.hand_index]
    turn: Array = rotation_vector(_aligned(state, hand) @ hand.transpose(0, 2, 1))
    return turn


def _aligned(state: State, hand: Array) -> Array:
    """Return the hand's orientation for a grasp, `(N, 3, 3)`: z the approach, y the grip.

    The gripper is symmetric: of the two orientations, the nearer one.
    """
    sign = np.where(np.sum(hand[:, :, 1] * state.grip_axis, axis=1) < 0, -1.0, 1.0)
    z, y = -state.front_axis, sign[:, None] * state.grip_axis
    return np.stack([np.cross(y, z), y, z], axis=2)
