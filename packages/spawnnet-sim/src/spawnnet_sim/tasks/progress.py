"""How far an episode has come, besides whether it succeeded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots.fingertips import finger_gap, tip_position

HELD_DISTANCE = 0.035  # m from the fingertips to a handle between them, across and along
HELD_SLACK = 0.005  # m between fingers and handle when they hold it


def handle_offset(state: State) -> Array:
    """Return the vector from the fingertips to the handle, `(N, 3)` m."""
    return state.handle_position - tip_position(state)


def handle_distance(state: State) -> Array:
    """Return the distance from the fingertips to the handle, `(N,)` m."""
    distance: Array = np.linalg.norm(handle_offset(state), axis=1)
    return distance


def is_grasped(state: State) -> NDArray[np.bool_]:
    """Return whether the handle is between closed fingers, `(N,)`."""
    offset = handle_offset(state)
    depth = np.abs(np.sum(offset * state.front_axis, axis=1))
    across = np.sqrt(np.maximum(np.sum(offset**2, axis=1) - depth**2, 0.0))
    slack = np.abs(finger_gap(state) - state.handle_width)
    is_near = (across < HELD_DISTANCE) & (depth < HELD_DISTANCE)
    return np.asarray(is_near & (slack < HELD_SLACK))
