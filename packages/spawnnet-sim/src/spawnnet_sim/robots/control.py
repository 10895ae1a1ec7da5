"""How actions move the robot: increments of joint targets, or motion of the fingertips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots import panda
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.kinematics import hand_jacobian, joint_velocities

Float32 = NDArray[np.float32]

LINEAR_SPEED = 0.4  # m/s along an axis that a tip action of 1 asks for
ANGULAR_SPEED = 1.4  # rad/s about an axis
DRIVE_LAG = panda.DAMPING / panda.STIFFNESS  # s by which the arm's drives trail their targets
_TWIST = np.array([LINEAR_SPEED] * 3 + [ANGULAR_SPEED] * 3)
_DRIVEN, _FINGERS = slice(0, panda.NUM_DRIVEN), slice(panda.NUM_DRIVEN, None)
_LAGS = np.array([link.lag for link in panda.JOINTS[_DRIVEN]])  # s, of each drive


class Control(Protocol):
    """What the numbers of an action mean."""

    @property
    def action_names(self) -> tuple[str, ...]:
        """What each of the A numbers of an action moves."""

    @property
    def num_motions(self) -> int:
        """How many of an action's numbers move the hand; those after them move the fingers."""

    @property
    def lag(self) -> float:
        """Seconds by which the fingertips trail the motion that actions ask for."""

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Return position targets `(N, 9)` and finger efforts `(N, 2)` for actions `(N, A)`."""

    def actions(self, twist: Array, efforts: Array, state: State) -> Float32:
        """Return the actions `(N, A)` that ask for a motion of the fingertips.

        Args:
            twist: `(N, 6)` velocity of the fingertips: linear (m/s), angular (rad/s).
            efforts: `(N,)` of each finger as a fraction of the largest: + opens, - closes.
            state: What the robot does now.
        """


@final
@dataclass(frozen=True)
class JointControl:
    """Increments of position targets, as in the original release; `(N, 11)` in [-1, 1].

    Actions 0, 1 move the position targets of the base's slides and 2-8 those of the arm's joints,
    by `action * speed * timestep`; 9, 10 are the fingers' efforts as fractions of the largest.

    Attributes:
        speed: How fast an action of 1 moves a position target, m/s or rad/s.
        timestep: Seconds per control step.
    """

    speed: float
    timestep: float

    action_names = tuple(link.name for link in panda.JOINTS)
    num_motions = panda.NUM_DRIVEN
    lag = DRIVE_LAG

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Integrate the targets and scale the efforts."""
        targets = state.targets + self._step * actions[:, _DRIVEN]
        return _within_limits(targets), actions[:, _FINGERS] * panda.EFFORT[_FINGERS]

    def actions(self, twist: Array, efforts: Array, state: State) -> Float32:
        """Return joint velocities, all of them slowed down where one is too fast."""
        arm = _joint_velocities(twist, state) / (self._step / self.timestep)
        fingers = efforts[:, None]
        return np.concatenate([_shrunk(arm), fingers, fingers], axis=1).astype(np.float32)

    @property
    def _step(self) -> float:
        return self.speed * self.timestep


@final
@dataclass(frozen=True)
class TipControl:
    """Velocity of the fingertips and one gripper; `(N, 7)` in [-1, 1].

    | action | moves | an action of 1 |
    |---|---|---|
    | 0-2 | the point between the fingertips along x, y, z of the environment's frame | 0.4 m/s |
    | 3-5 | the hand about x, y, z of the same frame | 1.4 rad/s |
    | 6 | both fingers: + opens, - closes | the largest effort, 70 N |

    Differential inverse kinematics turns the velocity into joint velocities, and those into
    position targets that the drives have reached, in spite of their lag, when the step ends.

    Attributes:
        timestep: Seconds per control step.
    """

    timestep: float

    action_names = (
        *(f"velocity.{axis}" for axis in "xyz"),
        *(f"angular_velocity.{axis}" for axis in "xyz"),
        "gripper",
    )
    num_motions = 6
    lag = 0.0

    def controls(self, actions: Float32, state: State) -> tuple[Array, Array]:
        """Aim the drives at where the joints shall be, further ahead by what they lag behind."""
        velocities = _joint_velocities(actions[:, :6] * _TWIST, state)
        velocities = panda.SPEED[_DRIVEN] * _shrunk(velocities / panda.SPEED[_DRIVEN])
        # A drive covers 1 - exp(-t / lag) of the way to its target in the time t.
        ahead = self.timestep / (1.0 - np.exp(-self.timestep / _LAGS))
        targets = state.joint_positions[:, _DRIVEN] + velocities * ahead
        return _within_limits(targets), actions[:, 6:] * panda.EFFORT[_FINGERS]

    def actions(self, twist: Array, efforts: Array, state: State) -> Float32:
        """Return the twist in units of actions, its two parts slowed down where they are fast."""
        motion = twist / _TWIST
        parts = (_shrunk(motion[:, :3]), _shrunk(motion[:, 3:]), efforts[:, None])
        return np.concatenate(parts, axis=1).astype(np.float32)


ACTION_DIMS = {
    "joints": len(JointControl.action_names),
    "tip": len(TipControl.action_names),
}


def _joint_velocities(twist: Array, state: State) -> Array:
    """Return velocities of base and arm, `(N, 9)`, that move the fingertips by a twist."""
    jacobian = hand_jacobian(state, tip_position(state))
    return joint_velocities(jacobian, twist, state.joint_positions[:, _DRIVEN])


def _shrunk(vectors: Array) -> Array:
    """Scale vectors `(N, k)` down so that no component exceeds 1."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    shrunk: Array = vectors / np.maximum(1.0, largest)
    return shrunk


def _within_limits(targets: Array) -> Array:
    return np.clip(targets, panda.LOWER[_DRIVEN], panda.UPPER[_DRIVEN])
