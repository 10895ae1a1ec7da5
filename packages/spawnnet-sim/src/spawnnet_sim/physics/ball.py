"""The red ball, the distractor of the original release: where it is in an episode."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.scene import Scene

RADIUS = 0.05  # m
PARKED = (0.0, 0.0, -0.5)  # m, below the floor
SHIFT = 0.15  # m


def ball_position(rng: np.random.Generator, scene: Scene, env: int) -> NDArray[np.float64]:
    """Return a point near the middle of the closed part's front, for drawers at its height.

    Args:
        rng: Decides where.
        scene: What is simulated.
        env: Number of the environment.

    Returns:
        `(3,)` m, in the environment's frame.
    """
    cabinet = scene.cabinets[env]
    shift = rng.uniform(-SHIFT, SHIFT, 3)
    is_drawer = cabinet.joint.kind == "slide"
    moves = (0.0, 1.0, 0.0) if is_drawer else (0.0, 1.0, 1.0)
    middle = np.mean(cabinet.box, axis=0) + cabinet.joint.origin
    if is_drawer and scene.ball_depth is not None:
        middle[0] = scene.ball_depth
    return np.asarray(middle + shift * moves)
