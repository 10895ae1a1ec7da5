"""Differential kinematics of the robot, from the poses of its links: the same on every engine."""

from __future__ import annotations

import numpy as np

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots import panda

DAMPING = 0.05  # of the least squares, m and rad
POSTURE_GAIN = 0.5  # 1/s, pull towards the home pose in motions that leave the hand in place
# How readily each joint moves: the base follows, the arm leads.
_MOBILITY = np.array([0.3, 0.3, *[1.0] * 7])
_DRIVEN = [i for i, link in enumerate(panda.LINKS) if link in panda.JOINTS[: panda.NUM_DRIVEN]]
_IS_SLIDE = np.array([joint.joint == "slide" for joint in panda.JOINTS[: panda.NUM_DRIVEN]])
_AXES = np.array([joint.axis for joint in panda.JOINTS[: panda.NUM_DRIVEN]])


def hand_jacobian(state: State, point: Array) -> Array:
    """Return the Jacobian of a point of the hand, `(N, 6, 9)`: linear rows, then angular ones.

    Args:
        state: Poses of the links.
        point: `(N, 3)`, moves with the hand.
    """
    axes = np.einsum("njab,jb->nja", state.link_rotations[:, _DRIVEN], _AXES)  # (N, 9, 3)
    arms = point[:, None] - state.link_positions[:, _DRIVEN]
    linear = np.where(_IS_SLIDE[:, None], axes, np.cross(axes, arms))
    angular = np.where(_IS_SLIDE[:, None], 0.0, axes)
    return np.concatenate([linear, angular], axis=2).transpose(0, 2, 1)


def joint_velocities(jacobian: Array, twist: Array, positions: Array) -> Array:
    """Return velocities of base and arm, `(N, 9)`, for a twist of the hand, `(N, 6)`.

    Damped least squares, weighted by mobility; what is free pulls towards `panda.HOME`. See
    Siciliano et al., "Robotics: Modelling, Planning and Control", 2009, section 3.5.
    """
    weighted = jacobian * _MOBILITY  # J W
    gram = weighted @ jacobian.transpose(0, 2, 1) + DAMPING**2 * np.eye(6)
    inverse = weighted.transpose(0, 2, 1) @ np.linalg.inv(gram)  # (N, 9, 6)
    posture = POSTURE_GAIN * (panda.HOME[: panda.NUM_DRIVEN] - positions)
    rest = twist - np.einsum("nij,nj->ni", jacobian, posture)
    velocities: Array = posture + np.einsum("nij,nj->ni", inverse, rest)
    return velocities
