"""What is observed of one environment, as a space of Gymnasium."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from spawnnet_sim.physics.physics import MAX_DEPTH
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.tasks.task import Task


def observation_space(scene: Scene, task: Task) -> spaces.Dict:
    """Return the space of `rgb`, `depth` and `proprioception`."""
    num_views, (height, width) = len(scene.views), scene.image_size
    num_senses = len(task.proprioception_names)
    return spaces.Dict(
        {
            "rgb": spaces.Box(0, 255, (num_views, 3, height, width), np.uint8),
            "depth": spaces.Box(0.0, MAX_DEPTH, (num_views, 1, height, width), np.float32),
            "proprioception": spaces.Box(-np.inf, np.inf, (num_senses,), np.float32),
        }
    )
