"""How far an episode has come, besides whether it succeeded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import finger_gap, tip_position
from spawnnet_sim.tasks.state import State

HELD_DISTANCE = 0.035  # m from the fingertips to a handle between them, across and along
HELD_SLACK = 0.005  # m between fingers and handle when they hold it


def handle_offset(robot: RobotSpec, state: State) -> Array:
    """Return the vector from the fingertips to the handle, `(N, 3)` m."""
    return state.handle_position - tip_position(robot, state)


def handle_distance(robot: RobotSpec, state: State) -> Array:
    """Return the distance from the fingertips to the handle, `(N,)` m."""
    distance: Array = np.linalg.norm(tip_position(robot, state) - state.handle_position, axis=1)
    return distance


def is_grasped(robot: RobotSpec, state: State) -> NDArray[np.bool_]:
    """Return whether the handle is between closed fingers, `(N,)`."""
    offset = handle_offset(robot, state)
    depth = np.sum(offset * state.front_axis, axis=1)[:, None]
    across = np.linalg.norm(offset - depth * state.front_axis, axis=1)
    is_near = (across < HELD_DISTANCE) & (np.abs(depth[:, 0]) < HELD_DISTANCE)
    slack = np.abs(finger_gap(robot, state) - state.handle_width)
    return np.asarray(is_near & (slack < HELD_SLACK))
