"""What every task of the robot shares: how it acts, what it feels of itself, where it starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots import panda
from spawnnet_sim.rotations import quaternion_from_matrix

Float32 = NDArray[np.float32]

HAND = panda.LINK_NAMES.index("hand")
ACTION_DIM = panda.NUM_JOINTS
PROPRIOCEPTION_DIM = 42
ORIGINAL_DIM = 49
_DRIVEN, _FINGERS = slice(0, panda.NUM_DRIVEN), slice(panda.NUM_DRIVEN, None)
_START_NOISE = np.array([0.05, 0.1, *[0.1] * 7, 0.0, 0.0])  # half widths, m and rad


def tip_position(state: State) -> Array:
    """Return the point between the fingertips, `(N, 3)` m."""
    hand = state.link_rotations[:, HAND]
    return state.link_positions[:, HAND] + panda.TIP_OFFSET * hand[:, :, 2]


def tip_velocity(state: State) -> Array:
    """Return the linear velocity of the same point, `(N, 3)` m/s."""
    linear, angular = state.hand_velocity[:, :3], state.hand_velocity[:, 3:]
    lever = panda.TIP_OFFSET * state.link_rotations[:, HAND, :, 2]
    return linear + np.cross(angular, lever)


@dataclass(frozen=True)
class Robot:
    """Actions and proprioception of the arm.

    Actions, `(N, 11)` in [-1, 1]: 0, 1 move the position targets of the base's slides and 2-8
    those of the arm's joints, by `action * step`; 9, 10 are the fingers' efforts as fractions of
    the largest (+ opens).

    Attributes:
        step: Largest change of a position target per control step, m or rad.
        start_noise: Scale of the random start pose.
    """

    step: float
    start_noise: float = 1.0

    def start(self, rng: np.random.Generator) -> Array:
        """Return joint positions `(11,)` around `panda.HOME`."""
        noise = self.start_noise * _START_NOISE * rng.uniform(-1.0, 1.0, panda.NUM_JOINTS)
        return np.clip(panda.HOME + noise, panda.LOWER, panda.UPPER)

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Integrate the targets `(N, 9)` and scale the efforts `(N, 2)`."""
        targets = state.targets + self.step * actions[:, _DRIVEN]
        efforts = actions[:, _FINGERS] * panda.EFFORT[_FINGERS]
        return np.clip(targets, panda.LOWER[_DRIVEN], panda.UPPER[_DRIVEN]), efforts


def proprioception(state: State, last_actions: Float32) -> Float32:
    """Return what the robot feels of itself, `(N, 42)`.

    | columns | content |
    |---|---|
    | 0-8 | positions of base and arm, limits mapped to [-1, 1] |
    | 9-17 | their velocities, m/s and rad/s |
    | 18-19 | finger openings, stroke mapped to [0, 1] |
    | 20-22 | hand minus robot root, m |
    | 23-26 | hand quaternion `(x, y, z, w)` |
    | 27-32 | hand velocity, linear m/s and angular rad/s |
    | 33-41 | last action of base and arm |
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
            last_actions[:, _DRIVEN],
        ],
        axis=1,
    ).astype(np.float32)


def original_proprioception(
    state: State, last_actions: Float32, stage: NDArray[np.bool_]
) -> Float32:
    """Return the student's vector of the original release, `(N, 49)`.

    It differs from `proprioception` in what only a simulator knows: columns 18, 19 are position
    (m or rad) and velocity of the cabinet's joint, 42 is the stage flag. The last six columns hold
    the expert's target there, and zeros for the student.

    Args:
        state: Of the environments.
        last_actions: `(N, 11)`.
        stage: `(N,)`, whether the hand is where it can grasp.
    """
    vector = np.zeros((len(last_actions), ORIGINAL_DIM), np.float32)
    vector[:, :PROPRIOCEPTION_DIM] = proprioception(state, last_actions)
    vector[:, 18] = state.part_position
    vector[:, 19] = state.part_velocity
    vector[:, 42] = stage
    return vector
