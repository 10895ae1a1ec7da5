"""What every task of the robot shares: how it acts, what it feels of itself, where it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spawnnet_sim.physics.physics import Array, State
from spawnnet_sim.robots import panda
from spawnnet_sim.robots.control import Control, Float32
from spawnnet_sim.robots.proprioception import (
    TIP_NAMES,
    joint_names,
    joint_proprioception,
    tip_proprioception,
)

_START_NOISE = np.array([0.05, 0.1, *[0.1] * 7, 0.0, 0.0])  # half widths, m and rad


@dataclass(frozen=True)
class Robot:
    """How the arm acts, what it feels of itself and where it starts.

    Attributes:
        control: What actions mean.
        perceives: What proprioception tells: `joints` of all joints, `tip` of the fingertips.
        start_noise: Scale of the random start pose.
    """

    control: Control
    perceives: Literal["joints", "tip"] = "joints"
    start_noise: float = 1.0

    @property
    def proprioception_names(self) -> tuple[str, ...]:
        """What each of the S numbers of proprioception is."""
        if self.perceives == "tip":
            return TIP_NAMES
        return joint_names(self.control.action_names[: self.control.num_motions])

    def start(self, rng: np.random.Generator) -> Array:
        """Return joint positions `(11,)` around `panda.HOME`."""
        noise = self.start_noise * _START_NOISE * rng.uniform(-1.0, 1.0, panda.NUM_JOINTS)
        return np.clip(panda.HOME + noise, panda.LOWER, panda.UPPER)

    def proprioception(self, state: State, last_actions: Float32) -> Float32:
        """Return `(N, S)`; see `tip_proprioception` and `joint_proprioception`."""
        if self.perceives == "tip":
            return tip_proprioception(state)
        return joint_proprioception(state, last_actions[:, : self.control.num_motions])
