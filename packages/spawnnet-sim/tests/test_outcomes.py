from collections.abc import Callable
from typing import Any

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.outcomes import Outcomes
from spawnnet_sim.robots.panda import PANDA


class Opened:
    """A task that has succeeded while the part is open."""

    def success(self, state: State) -> np.ndarray:
        return state.part_position > 0.1


def test_success_is_kept_until_a_reset_of_its_environment(
    make_state: Callable[..., State],
) -> None:
    task: Any = Opened()
    outcomes = Outcomes(PANDA, task, 2)
    outcomes.update(make_state(part_position=np.array([0.2, 0.2])))
    outcomes.reset(np.array([True, False]))
    info = outcomes.update(make_state())
    assert info["success"].tolist() == [False, True]
    assert info["_success"].tolist() == [True, True]
    assert info["opened"].tolist() == [0.0, 0.0]
