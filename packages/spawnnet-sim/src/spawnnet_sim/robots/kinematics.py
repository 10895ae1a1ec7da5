"""Differential kinematics of the robot, from the poses of its links: the same on every engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec

DAMPING = 0.05  # of the least squares, m and rad
POSTURE_GAIN = 0.5  # 1/s, pull towards the home pose in motions that leave the hand in place
BASE_MOBILITY = 0.3  # how readily a slide moves, a hinge 1: the base follows, the arm leads


def hand_jacobian(robot: RobotSpec, state: PhysicsState, point: Array) -> Array:
    """Return the Jacobian of a point of the hand, `(N, 6, D)`: linear rows, then angular ones.

    Args:
        robot: The robot.
        state: Poses of its links.
        point: `(N, 3)`, moves with the hand.
    """
    joints = robot.joints[robot.driven]
    links = [robot.link_index(joint.name) for joint in joints]
    is_slide = _is_slide(robot)[:, None]  # (D, 1)
    local = np.array([joint.axis for joint in joints])  # (D, 3)
    axes = np.einsum("njab,jb->nja", state.link_rotations[:, links], local)  # (N, D, 3)
    arms = point[:, None] - state.link_positions[:, links]  # (N, D, 3)
    linear = np.where(is_slide, axes, np.cross(axes, arms))
    angular = np.where(is_slide, 0.0, axes)
    return np.concatenate([linear, angular], axis=2).transpose(0, 2, 1)  # (N, 6, D)


def joint_velocities(robot: RobotSpec, jacobian: Array, twist: Array, positions: Array) -> Array:
    """Return velocities of the driven joints, `(N, D)`, for a twist of the hand, `(N, 6)`.

    Damped least squares, weighted by mobility; what is free pulls towards the start pose. See
    Siciliano et al., "Robotics: Modelling, Planning and Control", 2009, section 3.5.

    Args:
        robot: The robot.
        jacobian: `(N, 6, D)`, from `hand_jacobian`.
        twist: `(N, 6)` linear (m/s) and angular (rad/s) velocity of the point.
        positions: `(N, D)` of the driven joints, m and rad.
    """
    weighted = jacobian * np.where(_is_slide(robot), BASE_MOBILITY, 1.0)  # J W
    gram = weighted @ jacobian.transpose(0, 2, 1) + DAMPING**2 * np.eye(6)
    inverse = weighted.transpose(0, 2, 1) @ np.linalg.inv(gram)  # (N, D, 6)
    posture = POSTURE_GAIN * (robot.home[robot.driven] - positions)
    rest = twist - np.einsum("nij,nj->ni", jacobian, posture)
    velocities: Array = posture + np.einsum("nij,nj->ni", inverse, rest)
    return velocities


def _is_slide(robot: RobotSpec) -> NDArray[np.bool_]:
    return np.array([joint.joint == "slide" for joint in robot.joints[robot.driven]])
