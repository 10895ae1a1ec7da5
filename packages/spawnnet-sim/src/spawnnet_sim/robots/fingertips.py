"""Where the fingertips are and how they move: the point of the robot that matters."""

from __future__ import annotations

import numpy as np

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots import panda

HAND = panda.LINK_NAMES.index("hand")
_FINGERS = slice(panda.NUM_DRIVEN, None)


def tip_position(state: State) -> Array:
    """Return the point between the fingertips, `(N, 3)` m."""
    hand = state.link_rotations[:, HAND]
    return state.link_positions[:, HAND] + panda.TIP_OFFSET * hand[:, :, 2]


def tip_velocity(state: State) -> Array:
    """Return the linear velocity of the same point, `(N, 3)` m/s."""
    linear, angular = state.hand_velocity[:, :3], state.hand_velocity[:, 3:]
    lever = panda.TIP_OFFSET * state.link_rotations[:, HAND, :, 2]
    return linear + np.cross(angular, lever)


def finger_gap(state: State) -> Array:
    """Return the distance between the fingers, `(N,)` m."""
    gap: Array = state.joint_positions[:, _FINGERS].sum(axis=1)
    return gap


def finger_gap_velocity(state: State) -> Array:
    """Return how fast the fingers open, `(N,)` m/s."""
    velocity: Array = state.joint_velocities[:, _FINGERS].sum(axis=1)
    return velocity
