"""Numbers of actions and of joints are two things: alike, different, and of a task of its own."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    DisturbanceConfig,
    DisturbedExpert,
    EnvironmentConfig,
    Expert,
    ExpertConfig,
    MujocoConfig,
    RobotConfig,
    SceneTemplate,
    State,
    create_environment,
    create_expert,
    register_scene,
    register_task,
)
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.registration import TASKS
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.scenes import SCENES
from spawnnet_sim.tasks.task import Task
from spawnnet_sim.tools.recording import RecordingConfig, record
from spawnnet_sim.training.expert_training import train_expert
from spawnnet_sim.training.ppo_config import PpoConfig

FIXED = {"link1": 0, "link3": 0, "link5": 0, "link7": 0}
MOVED = [0, 1, 2, 6]  # of the actions of `tip`: velocity and gripper


def seven_joints() -> RobotSpec:
    """A Panda with four of its eleven joints fixed: five driven ones and two fingers."""
    links = [replace(link, joint=None) if link.name in FIXED else link for link in PANDA.links]
    names = [joint.name for joint in PANDA.joints]
    kept = [index for index, name in enumerate(names) if name not in FIXED]
    start = tuple(PANDA.home[kept].tolist())
    spread = tuple(PANDA.start_spread[index] for index in kept)
    return replace(PANDA, links=tuple(links), start_pose=start, start_spread=spread)


class ReachingTask:
    """A drawer's task in which actions are the velocity of the fingertips and the gripper."""

    def __init__(self, config: EnvironmentConfig) -> None:
        robot = replace(config.robot, control="tip")
        self._whole: Any = TASKS.lookup("open_drawer").task(replace(config, robot=robot))
        self.proprioception_names = self._whole.proprioception_names
        self.action_names = tuple(self._whole.action_names[index] for index in MOVED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def controls(self, actions: np.ndarray, state: Any) -> Any:
        return self._whole.controls(self._all(actions), state)

    def proprioception(self, state: State, last_actions: np.ndarray) -> np.ndarray:
        return self._whole.proprioception(state, self._all(last_actions))

    def _all(self, actions: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(actions), 7), np.float32)
        whole[:, MOVED] = actions
        return whole


@dataclass
class ReachingExpert:
    whole: Expert

    def act(self, state: State) -> np.ndarray:
        return self.whole.act(state)[:, MOVED]


def reaching_expert(config: EnvironmentConfig) -> Expert:
    robot = replace(config.robot, control="tip")
    return ReachingExpert(create_expert(replace(config, task="open_drawer", robot=robot)))


def reaching_task(config: EnvironmentConfig) -> Task:
    return ReachingTask(config)  # type: ignore[return-value]


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """Register a task and a robot for this module alone: others test all that is registered."""
    entry, robot = TASKS.lookup("open_drawer"), seven_joints()
    experts = dict.fromkeys(("scripted", "smooth"), reaching_expert)
    register_task("reach_drawer", replace(entry, task=reaching_task, experts=experts))
    register_scene("seven-joints", SceneTemplate({"slide": robot, "hinge": robot}))
    yield
    del TASKS._entries["reach_drawer"]
    del SCENES._entries["seven-joints"]


BASE = EnvironmentConfig(
    cabinets=CabinetsConfig(count=2),
    cameras=CamerasConfig(views=("wrist",), image_size=(16, 24)),
    episode_steps=6,
    expert=ExpertConfig("smooth"),
)
KINDS = {
    # name: scene, task, control, joints J, actions A
    "seven joints, joints": ("seven-joints", "open_drawer", "joints", 7, 7),
    "seven joints, tip": ("seven-joints", "open_drawer", "tip", 7, 7),
    "eleven joints, tip": ("reach", "open_drawer", "tip", 11, 7),
    "a width of its own": ("reach", "reach_drawer", "joints", 11, 4),
    "its own, seven joints": ("seven-joints", "reach_drawer", "tip", 7, 4),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[EnvironmentConfig, int, int]:
    scene, task, control, joints, actions = request.param
    robot = RobotConfig(control=control, proprioception="joints")
    return replace(BASE, scene=scene, task=task, robot=robot), joints, actions


def test_an_episode_has_actions_and_joints_of_their_own_numbers(
    kind: tuple[EnvironmentConfig, int, int],
) -> None:
    config, joints, actions = kind
    with closing(create_environment(config)) as environment:
        expert = DisturbedExpert(create_expert(config), DisturbanceConfig(0.1), 2)
        expert.reset(seed=0)
        environment.reset(seed=0)
        for _ in range(config.episode_steps):
            action = expert.act(environment.privileged_state())
            observation, *_ = environment.step(action)
        state = environment.privileged_state()
    assert action.shape == (2, actions) == environment.action_space.shape
    assert len(environment.action_names) == actions
    assert state.joint_positions.shape == (2, joints)
    assert (state.targets.shape, state.efforts.shape) == ((2, joints - 2), (2, 2))
    assert observation["proprioception"].shape[1] == len(environment.proprioception_names)
    assert np.isfinite(observation["proprioception"]).all()


def test_workers_compute_the_same(kind: tuple[EnvironmentConfig, int, int]) -> None:
    config, _, actions = kind
    if config.task == "reach_drawer" or config.robot.control == "joints":
        pytest.skip("physics does not know of actions: one of each robot is enough")
    blind = replace(config, cameras=CamerasConfig(views=()))
    seen = []
    for workers in (0, 1):
        with closing(
            create_environment(replace(blind, engine=MujocoConfig(workers=workers)))
        ) as environment:
            environment.reset(seed=1)
            seen.append(environment.step(np.full((2, actions), 0.5, np.float32))[0])
    np.testing.assert_array_equal(seen[0]["proprioception"], seen[1]["proprioception"])


def test_recordings_have_the_width_of_actions_and_its_names(
    kind: tuple[EnvironmentConfig, int, int], tmp_path: Path
) -> None:
    config, _, actions = kind
    files = record(config, tmp_path, episodes=2, recording=RecordingConfig(privileged=True))
    with h5py.File(files[0]) as file:
        (trajectory,) = file.values()
        assert trajectory["actions"].shape == (6, actions)
        assert len(trajectory["actions"].attrs["names"]) == actions
        state = trajectory["obs/state"]
        assert len(state.attrs["names"]) == state.shape[1]


def test_learned_experts_act_as_wide_as_they_were_trained(
    kind: tuple[EnvironmentConfig, int, int], tmp_path: Path
) -> None:
    config, _, actions = kind
    blind = replace(config, cameras=CamerasConfig(views=()))
    trained = train_expert(blind, tmp_path, ppo=PpoConfig(steps=12, batches=2, layers=(5, 3)))
    widths = [len(bias) for _, bias in trained.layers]
    assert widths == [5, 3, actions]
    learned = replace(blind, expert=ExpertConfig("learned", str(tmp_path)))
    with closing(create_environment(learned)) as environment:
        environment.reset(seed=0)
        state = environment.privileged_state()
        assert create_expert(learned).act(state).shape == (2, actions)
    assert all(one[0].shape[0] == other[0].shape[1] for one, other in pairwise(trained.layers))
