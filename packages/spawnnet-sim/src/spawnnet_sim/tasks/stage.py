"""Whether the hand is where it can grasp: the stage flag of the original release."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.tasks.progress import handle_distance
from spawnnet_sim.tasks.state import State

REACHED = 0.12  # m from fingertips to handle within which a hand can grasp
ABOVE = 0.03  # m, the same seen from above, at doors


def is_near(robot: RobotSpec, state: State) -> NDArray[np.bool_]:
    """Return whether the fingertips are within 12 cm of the handle, `(N,)`."""
    return np.asarray(handle_distance(robot, state) <= REACHED)


def is_around(robot: RobotSpec, state: State) -> NDArray[np.bool_]:
    """Return whether moreover the handle is between the fingers, the left one on its left, `(N,)`.

    Left is +y of the environment; and seen from above the fingertips are within 3 cm of it.
    """
    offset = tip_position(robot, state) - state.handle_position
    is_above = np.linalg.norm(offset[:, :2], axis=1) <= ABOVE
    reach = robot.finger_length * state.link_rotations[:, robot.hand_index, :, 2]
    fingers = state.link_positions[:, list(robot.finger_indices)] + reach[:, None]  # (N, 2, 3)
    left, right = (fingers - state.handle_position[:, None])[:, :, 1].T
    return np.asarray(is_near(robot, state) & is_above & (left > 0) & (right < 0))


def is_in_stage(robot: RobotSpec, state: State) -> NDArray[np.bool_]:
    """Return the flag for drawers and for doors, each by its own rule, `(N,)`."""
    return np.where(state.is_hinge, is_around(robot, state), is_near(robot, state))
