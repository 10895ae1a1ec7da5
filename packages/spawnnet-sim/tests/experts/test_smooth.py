from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from spawnnet_sim import RobotConfig, create_environment, create_expert, environment_config
from spawnnet_sim.experts.smooth import ramp
from spawnnet_sim.factory import blind
from spawnnet_sim.registration import SPLITS
from spawnnet_sim.tools.evaluation import evaluate_expert

TASKS = ("open_drawer", "open_door")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", SPLITS)
def test_the_expert_opens_nearly_every_cabinet_although_it_is_disturbed(
    task: str, split: str
) -> None:
    results = evaluate_expert(environment_config(task, split=split), episodes=24, noise=0.1)
    assert results.rate >= 0.95, results.failed_cabinets


@pytest.mark.parametrize("task", TASKS)
def test_the_expert_also_acts_through_joints(task: str) -> None:
    config = environment_config(task, robot=RobotConfig(control="joints"))
    assert evaluate_expert(config, episodes=21, seed=1000).rate >= 0.95


def test_a_millimetre_changes_labels_a_little_along_an_episode() -> None:
    """The scripted expert's actions jump by up to 2 where a threshold is crossed."""
    config = blind(environment_config("open_drawer", num_envs=6))
    expert = create_expert(config)
    rng = np.random.default_rng(0)
    changes = []
    with closing(create_environment(config)) as envs:
        envs.reset(seed=0)
        for _ in range(envs.episode_steps):
            state = envs.privileged_state()
            shift = 0.001 * rng.uniform(-1, 1, state.handle_position.shape)
            moved = replace(state, handle_position=state.handle_position + shift)
            label = expert.act(state)
            changes.append(np.abs(expert.act(moved) - label).max(axis=1))
            envs.step(label)
    assert np.max(changes) < 0.25


def test_a_hand_that_has_closed_on_nothing_moves_back_before_it_opens() -> None:
    """What a student should do is the same whether it holds a thin handle or nothing."""
    config = blind(environment_config("open_drawer", num_envs=5))
    expert = create_expert(config)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=0)
        for _ in range(24):
            envs.step(expert.act(envs.privileged_state()))
        held = envs.privileged_state()
    # A handle of four times the width is not what these fingers have closed on.
    missed = replace(held, handle_width=4 * held.handle_width)
    away = replace(missed, handle_position=held.handle_position - 0.06 * held.front_axis)
    pull, leave, start_again = (expert.act(state) for state in (held, missed, away))
    backwards = held.front_axis
    assert (np.sum(pull[:, :3] * backwards, axis=1) > 0.1).all()
    assert (np.sum(leave[:, :3] * backwards, axis=1) > 0.1).all()
    assert (pull[:, 6] < -0.2).all()
    assert (leave[:, 6] < -0.2).all()
    assert (start_again[:, 6] > 0.2).all()


def test_a_ramp_may_rise_or_fall() -> None:
    values = np.array([0.0, 1.0, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(ramp(values, (1.0, 2.0)), [1, 1, 0.5, 0, 0])
    np.testing.assert_allclose(ramp(values, (2.0, 1.0)), [0, 0, 0.5, 1, 1])
