"""Named quantities of the state that only a simulator knows: what recordings and probes hold."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.progress import handle_offset
from spawnnet_sim.tasks.state import State


class Quantity(NamedTuple):
    """A quantity of the state, in the environment's frame.

    Attributes:
        width: k, how many numbers it is.
        kind: A `length` in m, a unit vector along an `axis`, or an `opening` in m or rad.
        read: Returns it for N environments, `(N, k)`.
    """

    width: int
    kind: Literal["length", "axis", "opening"]
    read: Callable[[RobotSpec, State], Array]


QUANTITIES = MappingProxyType(
    {
        # from the fingertips to the handle
        "handle_offset": Quantity(3, "length", handle_offset),
        # in which the fingers close
        "grip_axis": Quantity(3, "axis", lambda _, state: state.grip_axis),
        # normal of the moving part's front
        "front_axis": Quantity(3, "axis", lambda _, state: state.front_axis),
        "handle_width": Quantity(1, "length", lambda _, state: state.handle_width[:, None]),
        "opened": Quantity(1, "opening", lambda _, state: state.part_position[:, None]),
    }
)


def read_quantities(robot: RobotSpec, state: State) -> dict[str, NDArray[np.float32]]:
    """Return all `QUANTITIES` of the state of N environments, `(N, k)` float32 each."""
    return {
        name: quantity.read(robot, state).astype(np.float32)
        for name, quantity in QUANTITIES.items()
    }
