from collections.abc import Callable

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.alignment import turn_to_grasp


def test_a_hand_is_turned_so_that_it_approaches_the_front_and_closes_along_the_grip(
    make_state: Callable[..., State],
) -> None:
    # The hand looks up (z) and closes along y; the front's normal is x, the grip is y.
    state = make_state(grip_axis=np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]))
    turn = turn_to_grasp(PANDA, state)
    # Its z has to become -x: minus a quarter turn about y, whichever way the grip axis points.
    np.testing.assert_allclose(turn, np.tile([0.0, -np.pi / 2, 0.0], (2, 1)), atol=1e-9)
