"""What happened in the last control step, which the state of the physics does not tell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.stage import is_in_stage
from spawnnet_sim.tasks.state import State


class Recent:
    """The last step of N environments; after a reset nothing has happened.

    Args:
        robot: Whose hand is meant.
        num_envs: N.
        action_dim: A.

    Attributes:
        actions: `(N, A)`, those that were executed.
        was_in_stage: `(N,)` bool, whether the hand was where it can grasp when they were chosen.
    """

    def __init__(self, robot: RobotSpec, num_envs: int, action_dim: int) -> None:
        self._robot = robot
        self.actions = np.zeros((num_envs, action_dim), np.float32)
        self.was_in_stage = np.zeros(num_envs, bool)
        self._is_in_stage = np.zeros(num_envs, bool)

    def reset(self, mask: NDArray[np.bool_]) -> None:
        """Forget the episodes of the masked environments, `(N,)`."""
        self.actions[mask] = 0.0
        self.was_in_stage[mask] = False

    def act(self, actions: NDArray[np.float32]) -> None:
        """Note the actions `(N, A)` that are executed in the state that was seen last."""
        self.actions, self.was_in_stage = actions, self._is_in_stage

    def see(self, state: State) -> None:
        """Note the present state."""
        self._is_in_stage = is_in_stage(self._robot, state)
