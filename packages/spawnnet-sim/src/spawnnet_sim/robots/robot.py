"""What every task of the robot shares: how it acts, where it starts, what it senses of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.control import Control, Float32
from spawnnet_sim.robots.proprioception import (
    TIP_NAMES,
    proprioception,
    proprioception_names,
    tip_proprioception,
)


@dataclass(frozen=True)
class Robot:
    """How a robot acts, where it starts and what it senses of itself.

    Attributes:
        spec: Which robot.
        control: What actions mean.
        senses: What proprioception tells: of all `joints`, or of the fingertips (`tip`).
        start_noise: Scale of the random start pose.
    """

    spec: RobotSpec
    control: Control
    senses: Literal["joints", "tip"] = "joints"
    start_noise: float = 1.0

    @property
    def proprioception_names(self) -> tuple[str, ...]:
        """What each of the S numbers of proprioception is."""
        if self.senses == "tip":
            return TIP_NAMES
        motions = self.control.action_names[: self.control.num_motions]
        return proprioception_names(self.spec, motions)

    def start(self, rng: np.random.Generator) -> Array:
        """Return joint positions `(J,)` around the start pose."""
        spread = self.start_noise * np.array(self.spec.start_spread)
        noise = spread * rng.uniform(-1.0, 1.0, self.spec.num_joints)
        return np.clip(self.spec.home + noise, self.spec.lower, self.spec.upper)

    def proprioception(self, state: PhysicsState, last_actions: Float32) -> Float32:
        """Return `(N, S)`: `tip_proprioception`, or `proprioception` of all joints.

        Args:
            state: State of N environments.
            last_actions: `(N, A)`.
        """
        if self.senses == "tip":
            return tip_proprioception(self.spec, state)
        motions = last_actions[:, : self.control.num_motions]
        return proprioception(self.spec, state, motions)
