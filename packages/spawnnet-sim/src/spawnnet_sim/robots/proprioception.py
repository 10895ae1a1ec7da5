"""What the robot senses of itself, as vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.control import Float32
from spawnnet_sim.robots.fingertips import (
    finger_gap,
    finger_gap_velocity,
    tip_position,
    tip_velocity,
)
from spawnnet_sim.robots.kinematics import hand_quaternion
from spawnnet_sim.rotations import quaternion_from_matrix

_EXTRA = 7  # columns that the original release adds


def _named(name: str, parts: Sequence[str] = "xyz") -> tuple[str, ...]:
    return tuple(f"{name}.{part}" for part in parts)


TIP_NAMES = (
    *_named("tip"), *_named("approach"), *_named("grip"), *_named("tip_velocity"),
    *_named("angular_velocity"), "gap", "gap_velocity",
)  # fmt: skip


def tip_proprioception(robot: RobotSpec, state: PhysicsState) -> Float32:
    """Return what matters for a grasp, `(N, 17)`, in the environment's frame.

    | columns | content |
    |---|---|
    | 0-2 | fingertips minus robot root, m |
    | 3-5 | axis z of the hand: the approach |
    | 6-8 | axis y of the hand: along which the fingers close |
    | 9-11 | velocity of the fingertips, m/s |
    | 12-14 | angular velocity of the hand, rad/s |
    | 15-16 | gap between the fingers, m, and how fast it opens, m/s |

    The last number tells fingers that have closed on something from those that are closing.
    """
    hand = state.link_rotations[:, robot.hand_index]
    parts = [
        tip_position(robot, state) - robot.root_position,
        hand[:, :, 2],
        hand[:, :, 1],
        tip_velocity(robot, state),
        state.hand_velocity[:, 3:],
        finger_gap(robot, state)[:, None],
        finger_gap_velocity(robot, state)[:, None],
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def proprioception_names(robot: RobotSpec, motions: Sequence[str]) -> tuple[str, ...]:
    """Return what the numbers of `proprioception` are.

    Args:
        robot: The robot.
        motions: Names of the M actions that move the hand.
    """
    driven = [joint.name for joint in robot.joints[robot.driven]]
    return (
        *_named("position", driven), *_named("velocity", driven),
        *_named("position", robot.fingers), *_named("hand"), *_named("hand_quaternion", "xyzw"),
        *_named("hand_velocity"), *_named("angular_velocity"), *_named("last_action", motions),
    )  # fmt: skip


def proprioception(robot: RobotSpec, state: PhysicsState, last_motions: Float32) -> Float32:
    """Return the state of all joints; for the Panda `(N, 33 + M)`, 42 under joint control.

    | columns | content |
    |---|---|
    | 0-8 | positions of base and arm, limits mapped to [-1, 1] |
    | 9-17 | their velocities, m/s and rad/s |
    | 18-19 | finger openings, stroke mapped to [0, 1] |
    | 20-22 | hand minus robot root, m |
    | 23-26 | hand quaternion `(x, y, z, w)` |
    | 27-32 | hand velocity, linear m/s and angular rad/s |
    | 33- | last action, without that of the fingers |

    Args:
        robot: The robot.
        state: State of N environments.
        last_motions: `(N, M)`, those of the last actions that move the hand.
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
            last_motions,
        ],
        axis=1,
    ).astype(np.float32)


def original_names(robot: RobotSpec) -> tuple[str, ...]:
    """Return what the numbers of `original_proprioception` are."""
    joints = [joint.name for joint in robot.joints]
    names = list(proprioception_names(robot, joints[robot.driven]))
    names[2 * robot.num_driven : 2 * robot.num_driven + 2] = _named(
        "cabinet", ("position", "velocity")
    )
    return (*names, "stage", *_named("expert_target", "012345"))


def original_proprioception(
    robot: RobotSpec, state: PhysicsState, last_motions: Float32, stage: NDArray[np.bool_]
) -> Float32:
    """Return the student's vector of the original release, for the Panda `(N, 49)`.

    It differs from `proprioception` in what only a simulator knows: in place of the finger openings
    (columns 18, 19) are position (m or rad) and velocity of the cabinet's joint, and the stage flag
    is added (42). The last six columns hold the expert's target there, and zeros for the student.
    Of the hand's two quaternions it has PhysX's, see `hand_quaternion`.

    Args:
        robot: The robot.
        state: State of N environments.
        last_motions: `(N, D)`, the last actions of base and arm.
        stage: `(N,)`, whether the hand is where it can grasp.
    """
    vector = np.zeros((len(last_motions), len(original_names(robot))), np.float32)
    vector[:, :-_EXTRA] = proprioception(robot, state, last_motions)
    fingers = 2 * robot.num_driven
    vector[:, fingers] = state.part_position
    vector[:, fingers + 1] = state.part_velocity
    vector[:, -_EXTRA] = stage
    hand = slice(fingers + 5, fingers + 9)  # its quaternion, (x, y, z, w)
    expected = np.roll(hand_quaternion(robot, state.joint_positions), -1, axis=1)
    vector[:, hand] *= np.where(np.sum(vector[:, hand] * expected, axis=1) < 0, -1, 1)[:, None]
    return vector
