"""What the robot feels of itself: of all its joints, or of its fingertips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import State
from spawnnet_sim.robots import panda
from spawnnet_sim.robots.control import Float32
from spawnnet_sim.robots.fingertips import (
    HAND,
    finger_gap,
    finger_gap_velocity,
    tip_position,
    tip_velocity,
)
from spawnnet_sim.rotations import quaternion_from_matrix

ORIGINAL_DIM = 49
_DRIVEN, _FINGERS = slice(0, panda.NUM_DRIVEN), slice(panda.NUM_DRIVEN, None)


def _named(name: str, parts: Sequence[str] = "xyz") -> tuple[str, ...]:
    return tuple(f"{name}.{part}" for part in parts)


TIP_NAMES = (
    *_named("tip"), *_named("approach"), *_named("grip"), *_named("tip_velocity"),
    *_named("angular_velocity"), "gap", "gap_velocity",
)  # fmt: skip
_JOINTS = [link.name for link in panda.JOINTS]
_JOINT_NAMES = (
    *_named("position", _JOINTS[_DRIVEN]), *_named("velocity", _JOINTS[_DRIVEN]),
    *_named("position", _JOINTS[_FINGERS]), *_named("hand"), *_named("hand_quaternion", "xyzw"),
    *_named("hand_velocity"), *_named("angular_velocity"),
)  # fmt: skip


def tip_proprioception(state: State) -> Float32:
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
    hand = state.link_rotations[:, HAND]
    parts = [
        tip_position(state) - panda.ROOT_POSITION,
        hand[:, :, 2],
        hand[:, :, 1],
        tip_velocity(state),
        state.hand_velocity[:, 3:],
        finger_gap(state)[:, None],
        finger_gap_velocity(state)[:, None],
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def joint_names(motions: Sequence[str]) -> tuple[str, ...]:
    """Return what the numbers of `joint_proprioception` are.

    Args:
        motions: Names of the actions that move the hand.
    """
    return (*_JOINT_NAMES, *_named("last_action", motions))


def joint_proprioception(state: State, last_motion: Float32) -> Float32:
    """Return the state of all joints, `(N, 33 + M)`; 42 numbers with `control: joints`.

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
        state: Of the environments.
        last_motion: `(N, M)`, the part of the last actions that moves the hand.
    """
    lower, upper = panda.LOWER[_DRIVEN], panda.UPPER[_DRIVEN]
    hand = state.link_rotations[:, HAND]
    return np.concatenate(
        [
            2 * (state.joint_positions[:, _DRIVEN] - lower) / (upper - lower) - 1,
            state.joint_velocities[:, _DRIVEN],
            state.joint_positions[:, _FINGERS] / panda.FINGER_STROKE,
            state.link_positions[:, HAND] - panda.ROOT_POSITION,
            np.roll(quaternion_from_matrix(hand), -1, axis=1),
            state.hand_velocity,
            last_motion,
        ],
        axis=1,
    ).astype(np.float32)


def original_proprioception(
    state: State, last_motion: Float32, stage: NDArray[np.bool_]
) -> Float32:
    """Return the student's vector of the original release, `(N, 49)`.

    It differs from `joint_proprioception` in what only a simulator knows: columns 18, 19 are
    position (m or rad) and velocity of the cabinet's joint, 42 is the stage flag. The last six
    columns hold the expert's target there, and zeros for the student.

    Args:
        state: Of the environments.
        last_motion: `(N, 9)`, the last actions of base and arm.
        stage: `(N,)`, whether the hand is where it can grasp.
    """
    vector = np.zeros((len(last_motion), ORIGINAL_DIM), np.float32)
    vector[:, :42] = joint_proprioception(state, last_motion)
    vector[:, 18] = state.part_position
    vector[:, 19] = state.part_velocity
    vector[:, 42] = stage
    return vector


ORIGINAL_NAMES = (
    *_JOINT_NAMES[:18], "cabinet.position", "cabinet.velocity", *_JOINT_NAMES[20:],
    *_named("last_action", _JOINTS[_DRIVEN]), "stage", *_named("expert_target", "012345"),
)  # fmt: skip
