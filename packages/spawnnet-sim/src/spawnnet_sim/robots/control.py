"""How actions move the robot: increments of joint targets, or motion of the fingertips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.kinematics import braked_targets, hand_jacobian, joint_velocities

Float32 = NDArray[np.float32]

LINEAR_SPEED = 0.4  # m/s along an axis that a tip action of 1 asks for
ANGULAR_SPEED = 1.4  # rad/s about an axis
TIP_ACTIONS = (
    "velocity.x", "velocity.y", "velocity.z",
    "angular_velocity.x", "angular_velocity.y", "angular_velocity.z",
    "gripper",
)  # fmt: skip
_TWIST = np.array([LINEAR_SPEED] * 3 + [ANGULAR_SPEED] * 3)


class Control(Protocol):
    """What the numbers of an action mean."""

    @property
    def action_names(self) -> tuple[str, ...]:
        """What each of the A numbers of an action moves."""

    @property
    def num_motions(self) -> int:
        """M: how many of an action's numbers move the hand; those after them move the fingers."""

    @property
    def lag(self) -> float:
        """Seconds by which the fingertips trail the motion that actions ask for."""

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Return targets `(N, D)` and finger efforts `(N, J - D)` for actions `(N, A)`."""

    def actions(self, twist: Array, efforts: Array, state: PhysicsState) -> Float32:
        """Return the actions `(N, A)` that ask for a motion of the fingertips.

        Args:
            twist: `(N, 6)` velocity of the fingertips: linear (m/s), angular (rad/s).
            efforts: `(N,)` of each finger as a fraction of the largest: + opens, - closes.
            state: What the robot does now.
        """


@final
@dataclass(frozen=True)
class JointControl:
    """Increments of position targets, as in the original release; `(N, J)` in [-1, 1].

    The first D actions move the position targets of base and arm by `action * step`; the others are
    the fingers' efforts as fractions of the largest (+ opens).

    Attributes:
        robot: What moves.
        step: Largest change of a position target per control step, m or rad.
        timestep: Seconds per control step.
    """

    robot: RobotSpec
    step: float
    timestep: float

    @property
    def action_names(self) -> tuple[str, ...]:
        """The names of the joints."""
        return tuple(joint.name for joint in self.robot.joints)

    @property
    def num_motions(self) -> int:
        """D."""
        return self.robot.num_driven

    @property
    def lag(self) -> float:
        """The lag of the last joint of the arm."""
        return float(self.robot.lag[-1])

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Integrate the targets `(N, D)` and scale the efforts `(N, J - D)`."""
        robot = self.robot
        targets = state.targets + self.step * actions[:, robot.driven]
        efforts = actions[:, robot.effort_driven] * robot.effort[robot.effort_driven]
        return _within_limits(robot, targets), efforts

    def actions(self, twist: Array, efforts: Array, state: PhysicsState) -> Float32:
        """Return joint velocities, all of them slowed down where one is too fast."""
        velocities = _joint_velocities(self.robot, twist, state)
        braked = (braked_targets(self.robot, velocities, state) - state.targets) / self.timestep
        moves = np.where(self.robot.brake > 0, braked, velocities)
        arm = moves * (self.timestep / self.step)
        fingers = [efforts[:, None]] * len(self.robot.fingers)
        return np.concatenate([_shrunk(arm), *fingers], axis=1).astype(np.float32)


@final
@dataclass(frozen=True)
class TipControl:
    """Velocity of the fingertips, and the gripper; `(N, 7)` in [-1, 1].

    | actions | what moves | 1 means |
    |---|---|---|
    | 0-2 | the point between the fingertips, along x, y, z of the environment | 0.4 m/s |
    | 3-5 | the hand, about x, y, z of the environment | 1.4 rad/s |
    | 6 | both fingers: + opens, - closes | their largest effort |

    Differential inverse kinematics turns the velocity into joint velocities, and those into
    position targets so far ahead that, in spite of the drives' lag, the fingertips have moved by
    velocity times timestep when the step ends.

    Attributes:
        robot: What moves.
        timestep: Seconds per control step.
    """

    robot: RobotSpec
    timestep: float

    action_names = TIP_ACTIONS
    num_motions = 6
    lag = 0.0

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Return targets `(N, D)` ahead of the joints, and efforts `(N, J - D)`."""
        robot, speed = self.robot, self.robot.speed[self.robot.driven]
        velocities = _joint_velocities(robot, actions[:, :6] * _TWIST, state)
        velocities = speed * _shrunk(velocities / speed)
        # A drive covers 1 - exp(-t / lag) of the way to its target in the time t.
        ahead = self.timestep / (1.0 - np.exp(-self.timestep / robot.lag))
        targets = state.joint_positions[:, robot.driven] + velocities * ahead
        targets = np.where(robot.brake > 0, braked_targets(robot, velocities, state), targets)
        efforts = actions[:, 6:] * robot.effort[robot.effort_driven]
        return _within_limits(robot, targets), efforts

    def actions(self, twist: Array, efforts: Array, state: PhysicsState) -> Float32:
        """Return the twist in units of actions, its two parts slowed down where they are fast."""
        motion = twist / _TWIST
        parts = (_shrunk(motion[:, :3]), _shrunk(motion[:, 3:]), efforts[:, None])
        return np.concatenate(parts, axis=1).astype(np.float32)


def _joint_velocities(robot: RobotSpec, twist: Array, state: PhysicsState) -> Array:
    """Return velocities of the driven joints, `(N, D)`, that move the fingertips by a twist."""
    jacobian = hand_jacobian(robot, state, tip_position(robot, state))
    return joint_velocities(robot, jacobian, twist, state)


def _shrunk(vectors: Array) -> Array:
    """Scale vectors `(N, k)` down so that no component exceeds 1."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    shrunk: Array = vectors / np.maximum(1.0, largest)
    return shrunk


def _within_limits(robot: RobotSpec, targets: Array) -> Array:
    return np.clip(targets, robot.lower[robot.driven], robot.upper[robot.driven])
