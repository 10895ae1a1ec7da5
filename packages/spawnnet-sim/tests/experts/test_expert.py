from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetEnv,
    EnvironmentConfig,
    ExpertConfig,
    RobotConfig,
    State,
    create_expert,
    environment_config,
    list_tasks,
)
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tools.evaluation import evaluate_expert

SPLITS = [(task, split) for task in list_tasks() for split in ("training", "held_out")]
JOINTS, SCRIPTED = RobotConfig(control="joints"), ExpertConfig("scripted")


def split_config(task: str, split: str) -> EnvironmentConfig:
    return environment_config(task, split=split, robot=JOINTS, expert=SCRIPTED)


@pytest.mark.parametrize(("task", "split"), SPLITS)
def test_the_expert_opens_nearly_every_cabinet(task: str, split: str) -> None:
    config = split_config(task, split)
    results = evaluate_expert(config, episodes=config.env_count, seed=1000)
    assert results.rate >= 0.95, results.failed_cabinets


@pytest.mark.parametrize("task", list_tasks())
def test_the_expert_needs_no_joints_to_act(task: str) -> None:
    config = replace(split_config(task, "training"), robot=RobotConfig(control="tip"))
    assert evaluate_expert(config, episodes=21, seed=1000).rate >= 0.95


@pytest.mark.parametrize("task", list_tasks())
def test_the_expert_recovers_from_disturbed_actions(task: str) -> None:
    results = evaluate_expert(split_config(task, "training"), episodes=21, seed=5, noise=0.1)
    assert results.rate >= 0.9, results.failed_cabinets


def test_the_expert_recovers_from_a_push_and_an_opened_hand(blind: CabinetEnv) -> None:
    expert = create_expert(EnvironmentConfig())
    blind.reset(seed=3)
    push = np.tile([-1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1], (4, 1)).astype(np.float32)
    for step in range(blind.episode_steps):
        action = push if 20 <= step < 25 else expert.act(blind.privileged_state())
        info = blind.step(action)[4]
    assert info["success"].all()


@pytest.fixture
def grasping(make_state: Callable[..., State]) -> Callable[..., State]:
    """Return a builder of states with a level hand, the handle `depth` before its fingertips."""

    def make(depth: float, gap: float, **changes: Any) -> State:
        rotations = np.tile(np.eye(3), (2, len(PANDA.links), 1, 1))
        rotations[:, PANDA.hand_index] = np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]])
        joints = np.tile(PANDA.home, (2, 1))
        joints[:, 9:] = gap / 2
        handle = np.tile([-PANDA.tip_offset - depth, 0.0, 0.0], (2, 1))
        return make_state(
            link_rotations=rotations, joint_positions=joints, handle_position=handle, **changes
        )

    return make


def fingers(state: State) -> float:
    return float(create_expert(EnvironmentConfig()).act(state)[0, 9])


def test_a_handle_between_the_fingertips_only_is_let_go(grasping: Callable[..., State]) -> None:
    assert fingers(grasping(depth=0.010, gap=0.04)) < 0
    assert fingers(grasping(depth=0.020, gap=0.04)) > 0


def test_a_handle_that_slides_is_gripped_harder_and_followed(
    grasping: Callable[..., State],
) -> None:
    expert = create_expert(EnvironmentConfig())
    firm, sliding = (grasping(depth=depth, gap=0.021) for depth in (0.005, 0.02))
    assert fingers(sliding) < fingers(firm) < 0
    # The base's first slide moves along x, the direction of pull.
    assert expert.act(sliding)[0, 0] < expert.act(firm)[0, 0]


def test_a_door_is_held_firmer_than_a_drawer(grasping: Callable[..., State]) -> None:
    drawer = grasping(depth=0.005, gap=0.021)
    door = replace(drawer, is_hinge=np.ones(2, bool), lever=np.full(2, 0.3))
    assert fingers(door) < fingers(drawer) < 0


def test_a_label_is_a_function_of_the_state_alone(blind: CabinetEnv) -> None:
    used, fresh = (create_expert(EnvironmentConfig()) for _ in range(2))
    blind.reset(seed=4)
    for _ in range(30):
        state = blind.privileged_state()
        action = used.act(state)
        blind.step(action)
    np.testing.assert_array_equal(fresh.act(state), action)
    np.testing.assert_array_equal(used.act(state), action)


def test_labels_of_a_environment_do_not_depend_on_the_other_environments(blind: CabinetEnv) -> None:
    expert = create_expert(EnvironmentConfig())
    blind.reset(seed=5)
    for _ in range(15):
        blind.step(expert.act(blind.privileged_state()))
    state = blind.privileged_state()
    alone = replace(state, **{name: array[2:3] for name, array in vars(state).items()})
    np.testing.assert_allclose(expert.act(alone)[0], expert.act(state)[2], atol=1e-6)


def test_actions_are_within_the_bounds(blind: CabinetEnv) -> None:
    expert = create_expert(EnvironmentConfig())
    blind.reset(seed=6)
    action = expert.act(blind.privileged_state())
    assert action.dtype == np.float32
    assert action.shape == (4, 11)
    assert np.abs(action).max() <= 1.0
