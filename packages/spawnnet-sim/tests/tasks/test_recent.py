from collections.abc import Callable

import numpy as np

from spawnnet_sim import CabinetEnv, State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.recent import Recent

TIP = np.array([0.0, 0.0, PANDA.tip_offset])


def test_the_stage_is_that_of_the_state_in_which_the_actions_were_chosen(
    make_state: Callable[..., State],
) -> None:
    recent = Recent(PANDA, 2, 11)
    near_and_far = make_state(handle_position=np.stack([TIP, TIP + 1.0]))
    far_and_near = make_state(handle_position=np.stack([TIP + 1.0, TIP]))
    recent.see(near_and_far)
    assert recent.was_in_stage.tolist() == [False, False]
    recent.act(np.full((2, 11), 0.5, np.float32))
    recent.see(far_and_near)
    assert recent.was_in_stage.tolist() == [True, False]
    recent.act(np.full((2, 11), -0.5, np.float32))
    assert recent.was_in_stage.tolist() == [False, True]
    recent.reset(np.array([False, True]))
    assert recent.was_in_stage.tolist() == [False, False]
    assert recent.actions[:, 0].tolist() == [-0.5, 0.0]


def test_the_state_tells_the_last_actions_as_they_were_executed(blind_envs: CabinetEnv) -> None:
    blind_envs.reset(seed=0)
    start = blind_envs.privileged_state()
    blind_envs.step(np.full((3, 11), 3.0, np.float32))
    state = blind_envs.privileged_state()
    assert not start.last_actions.any()
    assert (state.last_actions == 1.0).all()
    assert tuple(cabinet.name for cabinet in state.cabinets) == blind_envs.cabinets
    blind_envs.reset(options={"reset_mask": np.array([True, False, False])})
    assert blind_envs.privileged_state().last_actions[:, 4].tolist() == [0.0, 1.0, 1.0]
