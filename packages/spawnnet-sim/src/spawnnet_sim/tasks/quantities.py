"""Named quantities of the state that only a simulator knows: what recordings and probes hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.progress import handle_offset
from spawnnet_sim.tasks.state import State

# Each returns `(N, k)`; lengths in m, angles in rad, in the environment's frame.
QUANTITIES: dict[str, Callable[[RobotSpec, State], Array]] = {
    "handle_offset": handle_offset,  # from the fingertips to the handle
    "grip_axis": lambda _, state: state.grip_axis,  # unit direction in which the fingers close
    "front_axis": lambda _, state: state.front_axis,  # unit normal of the moving part's front
    "handle_width": lambda _, state: state.handle_width[:, None],
    "opened": lambda _, state: state.part_position[:, None],
}


def read_quantities(robot: RobotSpec, state: State) -> dict[str, NDArray[np.float32]]:
    """Return all `QUANTITIES` of the state of N environments, `(N, k)` float32 each."""
    return {name: read(robot, state).astype(np.float32) for name, read in QUANTITIES.items()}
