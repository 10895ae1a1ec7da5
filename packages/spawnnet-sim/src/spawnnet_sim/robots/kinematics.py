"""Differential kinematics of the robot, from the poses of its links: the same on every engine."""

from __future__ import annotations

import numpy as np

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import Link, RobotSpec
from spawnnet_sim.rotations import quaternion_product

DAMPING = 0.05  # of the least squares, m and rad
POSTURE_GAIN = 0.5  # 1/s, pull towards the start pose in motions that leave the hand in place


def hand_jacobian(robot: RobotSpec, state: PhysicsState, point: Array) -> Array:
    """Return the Jacobian of a point of the hand, `(N, 6, D)`: linear rows, then angular ones.

    Args:
        robot: The robot.
        state: Poses of its links.
        point: `(N, 3)`, moves with the hand.
    """
    joints = robot.joints[robot.driven]
    links = [robot.link_index(joint.name) for joint in joints]
    is_slide = np.array([[joint.joint == "slide"] for joint in joints])  # (D, 1)
    local = np.array([joint.axis for joint in joints])  # (D, 3)
    axes = np.einsum("njab,jb->nja", state.link_rotations[:, links], local)  # (N, D, 3)
    arms = point[:, None] - state.link_positions[:, links]  # (N, D, 3)
    linear = np.where(is_slide, axes, np.cross(axes, arms))
    angular = np.where(is_slide, 0.0, axes)
    return np.concatenate([linear, angular], axis=2).transpose(0, 2, 1)  # (N, 6, D)


def hand_quaternion(robot: RobotSpec, joint_positions: Array) -> Array:
    """Return the hand's quaternion as the product of those of its links, `(N, 4)`.

    An orientation has two quaternions. This is the one that PhysX has, in which every joint turns
    by the shorter way: it follows the joints without a jump up to half a turn of one of them.

    Args:
        robot: The robot.
        joint_positions: `(N, J)`.
    """
    numbers = {joint.name: index for index, joint in enumerate(robot.joints)}
    quaternion = np.tile(robot.root_quaternion, (len(joint_positions), 1))
    for link in _links_to_hand(robot):
        quaternion = quaternion_product(quaternion, np.array(link.quaternion))
        if link.joint == "hinge":
            half = joint_positions[:, numbers[link.name], None] / 2
            turn = np.concatenate([np.cos(half), np.sin(half) * link.axis], axis=1)
            quaternion = quaternion_product(quaternion, np.where(turn[:, :1] < 0, -turn, turn))
    return quaternion


def _links_to_hand(robot: RobotSpec) -> list[Link]:
    """Return the links from the root to the hand."""
    links = {link.name: link for link in robot.links}
    path, name = [], robot.hand
    while name in links:
        path.append(links[name])
        name = links[name].parent
    return path[::-1]


def joint_velocities(robot: RobotSpec, jacobian: Array, twist: Array, state: PhysicsState) -> Array:
    """Return velocities of the driven joints, `(N, D)`, for a twist of the hand, `(N, 6)`.

    Damped least squares, weighted by mobility; what is free pulls towards the start pose. Joints
    that sway count with the velocity that they have, and the others make up for it. See Siciliano
    et al., "Robotics: Modelling, Planning and Control", 2009, section 3.5.

    Args:
        robot: The robot.
        jacobian: `(N, 6, D)`, from `hand_jacobian`.
        twist: `(N, 6)` linear (m/s) and angular (rad/s) velocity of the point.
        state: Positions and velocities of the joints.
    """
    driven, sways = robot.driven, robot.brake > 0
    posture = POSTURE_GAIN * (robot.home[driven] - state.joint_positions[:, driven])
    wanted = _least_squares(jacobian, robot.mobility, posture, twist)
    if not sways.any():
        return wanted
    given = np.where(sways, state.joint_velocities[:, driven], posture)
    made_up = _least_squares(jacobian, np.where(sways, 0.0, robot.mobility), given, twist)
    return np.where(sways, wanted, made_up)


def _least_squares(jacobian: Array, mobility: Array, given: Array, twist: Array) -> Array:
    """Return the velocities `(N, D)` nearest to given ones that move the hand by a twist."""
    weighted = jacobian * mobility  # J W
    gram = weighted @ jacobian.transpose(0, 2, 1) + DAMPING**2 * np.eye(6)
    inverse = weighted.transpose(0, 2, 1) @ np.linalg.inv(gram)  # (N, D, 6)
    rest = twist - np.einsum("nij,nj->ni", jacobian, given)
    velocities: Array = given + np.einsum("nij,nj->ni", inverse, rest)
    return velocities


def braked_targets(robot: RobotSpec, velocities: Array, state: PhysicsState) -> Array:
    """Return targets of the driven joints, `(N, D)`, that lead to velocities `(N, D)`.

    A drive moves at a velocity when its target is lag times velocity ahead. Where a joint sways,
    more is added for the wanted velocity and as much taken off for the one it has.
    """
    positions = state.joint_positions[:, robot.driven]
    missing = velocities - state.joint_velocities[:, robot.driven]
    targets: Array = positions + robot.lag * velocities + robot.brake * missing
    return targets
