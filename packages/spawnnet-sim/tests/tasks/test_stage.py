from collections.abc import Callable

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.stage import is_around, is_in_stage, is_near

TIP = np.array([0.0, 0.0, PANDA.tip_offset])


def test_doors_need_the_left_finger_on_the_left_of_the_handle(
    make_state: Callable[..., State],
) -> None:
    links = np.zeros((2, len(PANDA.links), 3))
    links[:, -2:, 1] = [[0.03, -0.02], [-0.02, 0.03]]
    state = make_state(handle_position=np.tile(TIP, (2, 1)), link_positions=links)
    assert is_around(PANDA, state).tolist() == [True, False]
    assert is_near(PANDA, state).tolist() == [True, True]


def test_every_environment_has_the_rule_of_its_joint(make_state: Callable[..., State]) -> None:
    state = make_state(
        handle_position=np.add(np.tile(TIP, (2, 1)), [0.05, 0.0, 0.0]),
        is_hinge=np.array([False, True]),
    )
    assert is_in_stage(PANDA, state).tolist() == [True, False]
