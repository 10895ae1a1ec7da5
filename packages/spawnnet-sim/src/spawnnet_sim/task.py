"""Tasks: what the robot sees of itself, how it acts, where it starts, what counts as success.

A task reads the physics by name and is written once, in NumPy, for every engine. The layout of
proprioception and actions is that of the original release, without what only a simulator knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim import panda
from spawnnet_sim.physics import Array, State
from spawnnet_sim.rotations import quaternion_from_matrix

Float32 = NDArray[np.float32]

_HAND = panda.LINK_NAMES.index("hand")
_START_NOISE = np.array([0.05, 0.1, *[0.1] * 7, 0.0, 0.0])  # half widths, m and rad


class Task(Protocol):
    """The rules of an episode; all arrays have the cells as their first axis."""

    @property
    def proprioception_dim(self) -> int:
        """S, the width of `proprioception`."""

    @property
    def action_dim(self) -> int:
        """A; actions lie in [-1, 1]."""

    def start(self, rng: np.random.Generator) -> Array:
        """Return the robot's joint positions `(11,)` at the start of one cell's episode."""

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Return position targets `(N, 9)` and finger efforts `(N, 2)` for actions `(N, A)`."""

    def proprioception(self, state: State, last_actions: Float32) -> Float32:
        """Return what the robot feels of itself, `(N, S)`."""

    def reward(self, state: State) -> Float32:
        """Return `(N,)`."""

    def success(self, state: State) -> NDArray[np.bool_]:
        """Return whether the goal is reached now, `(N,)`."""


def tip_position(state: State) -> Array:
    """Return the point between the fingertips, `(N, 3)` m."""
    hand = state.link_rotations[:, _HAND]
    return state.link_positions[:, _HAND] + panda.TIP_OFFSET * hand[:, :, 2]


def tip_velocity(state: State) -> Array:
    """Return the linear velocity of the same point, `(N, 3)` m/s."""
    linear, angular = state.hand_velocity[:, :3], state.hand_velocity[:, 3:]
    lever = panda.TIP_OFFSET * state.link_rotations[:, _HAND, :, 2]
    return linear + np.cross(angular, lever)


@dataclass(frozen=True)
class OpenDrawer:
    """Pull a drawer open by its handle.

    Actions, `(N, 11)` in [-1, 1]: 0, 1 move the position targets of the base's slides and 2-8
    those of the arm's joints, by `action * step`; 9, 10 are the fingers' efforts as fractions of
    the largest (+ opens).

    Proprioception, `(N, 42)`:

    | columns | content |
    |---|---|
    | 0-8 | positions of base and arm, limits mapped to [-1, 1] |
    | 9-17 | their velocities, m/s and rad/s |
    | 18-19 | finger openings, stroke mapped to [0, 1] |
    | 20-22 | hand minus robot root, m |
    | 23-26 | hand quaternion `(x, y, z, w)` |
    | 27-32 | hand velocity, linear m/s and angular rad/s |
    | 33-41 | last action of base and arm |

    Attributes:
        step: Largest change of a position target per control step, m or rad.
        start_noise: Scale of the random start pose.
        goal: Opening that counts as success, m; more than 9 cm in the original release.
    """

    step: float
    start_noise: float = 1.0
    goal: float = 0.09

    proprioception_dim = 42
    action_dim = panda.NUM_JOINTS

    def start(self, rng: np.random.Generator) -> Array:
        """Return a pose around `panda.HOME`."""
        noise = self.start_noise * _START_NOISE * rng.uniform(-1.0, 1.0, panda.NUM_JOINTS)
        return np.clip(panda.HOME + noise, panda.LOWER, panda.UPPER)

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Integrate the targets and scale the efforts."""
        driven = slice(0, panda.NUM_DRIVEN)
        targets = state.targets + self.step * actions[:, driven]
        efforts = actions[:, panda.NUM_DRIVEN :] * panda.EFFORT[panda.NUM_DRIVEN :]
        return np.clip(targets, panda.LOWER[driven], panda.UPPER[driven]), efforts

    def proprioception(self, state: State, last_actions: Float32) -> Float32:
        """Return the columns of the class's table."""
        driven, fingers = slice(0, panda.NUM_DRIVEN), slice(panda.NUM_DRIVEN, None)
        lower, upper = panda.LOWER[driven], panda.UPPER[driven]
        hand = state.link_rotations[:, _HAND]
        quaternions = np.array([quaternion_from_matrix(matrix) for matrix in hand])
        return np.concatenate(
            [
                2 * (state.joint_positions[:, driven] - lower) / (upper - lower) - 1,
                state.joint_velocities[:, driven],
                state.joint_positions[:, fingers] / panda.FINGER_STROKE,
                state.link_positions[:, _HAND] - panda.ROOT_POSITION,
                np.roll(quaternions, -1, axis=1),
                state.hand_velocity,
                last_actions[:, driven],
            ],
            axis=1,
        ).astype(np.float32)

    def reward(self, state: State) -> Float32:
        """Reach, orientation and opening, as in the original release.

        `reach + orientation / 2 + 20 * opening - 3 / 4` with `reach = 1 / (1 + d^2)^2`, doubled
        within 12 cm, `d` from fingertips to handle.
        """
        distance = np.linalg.norm(tip_position(state) - state.handle_position, axis=1)
        reach = (1 / (1 + distance**2)) ** 2 * np.where(distance <= 0.12, 2.0, 1.0)
        hand = state.link_rotations[:, _HAND]
        across = np.cross(state.grip_axis, state.joint_axis)
        orientation = 0.5 * (
            _signed_square(np.sum(hand[:, :, 1] * state.grip_axis, axis=1))
            + _signed_square(-np.sum(hand[:, :, 0] * across, axis=1))
        )
        total: Array = reach + 0.5 * orientation + 20.0 * state.part_position - 0.75
        return total.astype(np.float32)

    def success(self, state: State) -> NDArray[np.bool_]:
        """Return whether the drawer stands open by more than `goal`."""
        return np.greater(state.part_position, self.goal)


def _signed_square(x: Array) -> Array:
    return np.sign(x) * x**2
