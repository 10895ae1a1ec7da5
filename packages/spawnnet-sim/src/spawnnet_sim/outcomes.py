"""What the episodes of all environments have come to so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.progress import handle_distance, is_grasped
from spawnnet_sim.tasks.state import State
from spawnnet_sim.tasks.task import Task

Info = dict[str, Any]


class Outcomes:
    """Success, grasps and distances of N environments, kept until their next reset.

    Args:
        robot: Whose fingertips are meant.
        task: Says what success is.
        num_envs: N.
    """

    def __init__(self, robot: RobotSpec, task: Task, num_envs: int) -> None:
        self._robot, self._task = robot, task
        self._success = np.zeros(num_envs, bool)
        self._grasped = np.zeros(num_envs, bool)
        self._closest = np.full(num_envs, np.inf)  # m from fingertips to handle

    def reset(self, mask: NDArray[np.bool_]) -> None:
        """Forget the episodes of the masked environments, `(N,)`."""
        self._success[mask] = self._grasped[mask] = False
        self._closest[mask] = np.inf

    def update(self, state: State) -> Info:
        """Return the outcome with this state, each entry with the mask that Gymnasium wants."""
        self._success |= self._task.success(state)
        self._grasped |= is_grasped(self._robot, state)
        self._closest = np.minimum(self._closest, handle_distance(self._robot, state))
        info: Info = {
            "success": self._success.copy(),
            "opened": state.part_position.astype(np.float32),
            "grasped": self._grasped.copy(),
            "closest": self._closest.astype(np.float32),
        }
        return info | {f"_{name}": np.ones(len(values), bool) for name, values in info.items()}
