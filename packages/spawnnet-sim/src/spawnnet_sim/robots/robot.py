"""What every task of the robot shares: how it acts, where it starts, what it senses of itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec

Float32 = NDArray[np.float32]


def tip_position(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return the point between the fingertips, `(N, 3)` m."""
    hand = state.link_rotations[:, robot.hand_index]
    return state.link_positions[:, robot.hand_index] + robot.tip_offset * hand[:, :, 2]


def tip_velocity(robot: RobotSpec, state: PhysicsState) -> Array:
    """Return the linear velocity of the same point, `(N, 3)` m/s."""
    linear, angular = state.hand_velocity[:, :3], state.hand_velocity[:, 3:]
    lever = robot.tip_offset * state.link_rotations[:, robot.hand_index, :, 2]
    return linear + np.cross(angular, lever)


@dataclass(frozen=True)
class Robot:
    """Actions and start poses of a robot.

    Actions, `(N, J)` in [-1, 1]: the first D move the position targets of base and arm, by
    `action * step`; the others are the fingers' efforts as fractions of the largest (+ opens).

    Attributes:
        spec: Which robot.
        step: Largest change of a position target per control step, m or rad.
        start_noise: Scale of the random start pose.
    """

    spec: RobotSpec
    step: float
    start_noise: float = 1.0

    @property
    def action_dim(self) -> int:
        """A."""
        return self.spec.num_joints

    def start(self, rng: np.random.Generator) -> Array:
        """Return joint positions `(J,)` around the start pose."""
        spread = self.start_noise * np.array(self.spec.start_spread)
        noise = spread * rng.uniform(-1.0, 1.0, self.spec.num_joints)
        return np.clip(self.spec.home + noise, self.spec.lower, self.spec.upper)

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Integrate the targets `(N, D)` and scale the efforts `(N, J - D)`."""
        spec, driven, fingers = self.spec, self.spec.driven, self.spec.effort_driven
        targets = state.targets + self.step * actions[:, driven]
        efforts = actions[:, fingers] * spec.effort[fingers]
        return np.clip(targets, spec.lower[driven], spec.upper[driven]), efforts
