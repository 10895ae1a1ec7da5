"""Engines, tasks, cabinets and experts from outside can be named in a configuration."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CabinetSource,
    CabinetSpec,
    CamerasConfig,
    ConfigurationError,
    Engine,
    EngineConfig,
    EnvironmentConfig,
    ExpertConfig,
    Images,
    Physics,
    PhysicsState,
    Scene,
    State,
    TaskEntry,
    check_environment,
    create_environment,
    create_expert,
    engine_config,
    generate_cabinets,
    list_cabinet_sets,
    list_engines,
    list_experts,
    list_tasks,
    register_cabinets,
    register_engine,
    register_expert,
    register_task,
    task_cabinets,
)
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.registration import create_robot
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.task import DrawerRules, OpenCabinet

CONFIG = EnvironmentConfig(
    cabinets=CabinetsConfig(count=3), cameras=CamerasConfig(("left",), (8, 12)), episode_steps=4
)


@dataclass(frozen=True)
class InstantConfig(EngineConfig):
    name: Literal["instant"] = "instant"
    brightness: int = 7


class InstantPhysics:
    """An engine without inertia: joints are where their targets are, images of one shade."""

    renderer = "shade"

    def __init__(self, config: InstantConfig, scene: Scene) -> None:
        self.scene, self._brightness = scene, config.brightness
        N = scene.num_envs
        shapes = state_shapes(scene.robot)
        self._state = PhysicsState(**{k: np.zeros((N, *shape)) for k, shape in shapes.items()})
        self._state.link_rotations[:] = self._state.part_link_rotation[:] = np.eye(3)

    def reset(
        self, mask: np.ndarray, joint_positions: np.ndarray, seeds: np.ndarray | None = None
    ) -> None:
        self._state.joint_positions[mask] = joint_positions[mask]
        self._state.targets[mask] = joint_positions[mask, : self.scene.robot.num_driven]

    def step(self, targets: np.ndarray, efforts: np.ndarray) -> None:
        self._state.targets[:] = self._state.joint_positions[:, :9] = targets
        self._state.efforts[:] = efforts

    def state(self) -> PhysicsState:
        return PhysicsState(**{name: rows.copy() for name, rows in vars(self._state).items()})

    def render(self) -> Images:
        N, V, (H, W) = self.scene.num_envs, len(self.scene.views), self.scene.image_size
        rgb = np.full((N, V, 3, H, W), self._brightness, np.uint8)
        return Images(rgb, np.ones((N, V, 1, H, W), np.float32))

    def snapshot(self) -> np.ndarray:
        return np.ascontiguousarray(self._state.targets).view(np.uint8)

    def restore(self, snapshot: np.ndarray) -> None:
        targets = np.ascontiguousarray(snapshot).view(np.float64)
        self._state.targets[:] = self._state.joint_positions[:, :9] = targets

    def close(self) -> None:
        pass


def check_instant(config: InstantConfig, num_envs: int) -> None:
    if config.brightness * num_envs > 255:
        raise ConfigurationError("brightness", f"is too much for {num_envs} environments.")


def create_instant(config: InstantConfig, scene: Scene) -> Physics:
    return InstantPhysics(config, scene)


@pytest.fixture(scope="module", autouse=True)
def _registered() -> None:
    register_engine("instant", Engine(InstantConfig, create_instant, check_instant))
    register_task(
        "hold_still", TaskEntry(hold_still, {"scripted": idle}, "slide", ("odd", 2), ("odd", 1))
    )
    entry = TaskEntry(create_arm_task, {"scripted": idle}, "slide", ("odd", 2), ("odd", 1))
    register_task("move_arm", entry)
    register_cabinets("odd", CabinetSource(load_odd, joint="slide"))
    register_expert("idle", idle)


def hold_still(config: EnvironmentConfig) -> OpenCabinet:
    return OpenCabinet(replace(create_robot(config), start_noise=0.0), DrawerRules(goal=-1.0))


def load_odd(numbers: range, _: Path | None) -> tuple[CabinetSpec, ...]:
    return generate_cabinets("drawer-train-v1", 2 * numbers.stop)[1::2][numbers.start :]


class Idle:
    def act(self, state: State) -> np.ndarray:
        return np.zeros((len(state.part_position), 11), np.float32)


def idle(_: EnvironmentConfig) -> Idle:
    return Idle()


def test_an_engine_can_be_named_with_settings_of_its_own() -> None:
    assert "instant" in list_engines()
    assert engine_config("instant") is InstantConfig
    config = replace(CONFIG, engine=InstantConfig(brightness=9))
    check_environment(config)
    with closing(create_environment(config)) as envs:
        observation, _ = envs.reset(seed=0)
        before = envs.privileged_state().joint_positions
        envs.step(np.ones((3, 11), np.float32))
        moved = envs.privileged_state().joint_positions - before
    assert observation["rgb"].shape == (3, 1, 3, 8, 12)
    assert (observation["rgb"] == 9).all()
    assert moved[:, :9].max() == pytest.approx(0.7 / 20)


def test_the_settings_of_an_engine_are_checked_below_its_field() -> None:
    for engine, message in (
        (InstantConfig(brightness=86), "engine.brightness: is too much for 3 environments."),
        (EngineConfig("instant"), "engine: the settings of 'instant' are a `InstantConfig`, got"),
        (EngineConfig("instnt"), "engine.name: 'instnt' is unknown. Did you mean 'instant'?"),
    ):
        with pytest.raises(ConfigurationError) as error:
            check_environment(replace(CONFIG, engine=engine))
        assert str(error.value).startswith(message)


def test_a_task_and_cabinets_can_be_named_and_cabinets_follow_the_task() -> None:
    assert "hold_still" in list_tasks()
    assert "odd" in list_cabinet_sets()
    assert task_cabinets("hold_still", split="held_out") == CabinetsConfig("odd", count=1)
    config = EnvironmentConfig(
        task="hold_still", cabinets=CabinetsConfig(first=1, count=2), engine=InstantConfig()
    )
    with closing(create_environment(config)) as envs:
        assert [name[-2:] for name in envs.cabinets] == ["03", "05"]
        envs.reset(seed=0)
        *_, info = envs.step(np.zeros((2, 11), np.float32))
    assert info["success"].all()


def test_an_expert_can_be_named() -> None:
    assert "idle" in list_experts()
    assert isinstance(create_expert(replace(CONFIG, expert=ExpertConfig("idle"))), Idle)
    task = EnvironmentConfig(task="hold_still")
    assert isinstance(create_expert(task), Idle)  # the scripted one of the task


class ArmTask:
    """Seven actions, for the arm's joints alone, and as many numbers that it senses."""

    action_names = proprioception_names = tuple(f"link{number}" for number in range(1, 8))

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    def start(self, rng: np.random.Generator) -> np.ndarray:
        return self._robot.start(rng)

    def controls(self, actions: np.ndarray, state: PhysicsState) -> tuple[np.ndarray, np.ndarray]:
        wide = np.pad(actions, ((0, 0), (2, 2)))
        return self._robot.control.controls(wide, state)

    def proprioception(self, state: State, last_actions: np.ndarray) -> np.ndarray:
        return (state.targets[:, 2:] - last_actions).astype(np.float32)

    def reward(self, state: State) -> np.ndarray:
        return state.part_position.astype(np.float32)

    def success(self, state: State) -> np.ndarray:
        return state.is_hinge


def create_arm_task(config: EnvironmentConfig) -> ArmTask:
    return ArmTask(create_robot(config))


@pytest.mark.parametrize("engine", [InstantConfig(), CONFIG.engine], ids=lambda e: e.name)
def test_a_task_may_have_fewer_actions_than_the_robot_has_joints(engine: EngineConfig) -> None:
    with closing(create_environment(replace(CONFIG, task="move_arm", engine=engine))) as envs:
        assert envs.action_space.shape == (3, 7)
        assert envs.reset(seed=0)[0] in envs.observation_space
        before = envs.privileged_state().targets
        observation, *_ = envs.step(np.ones((3, 7), np.float32))
        assert observation in envs.observation_space
        moved = envs.privileged_state().targets - before
    np.testing.assert_array_equal(moved[:, :2], 0.0)
    np.testing.assert_allclose(moved[:, 2], 0.7 / 20)
