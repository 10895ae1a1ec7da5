"""What holds for every task, source of cabinets and way to run the engine, randomised or not."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetEnv,
    CabinetsConfig,
    CamerasConfig,
    EnvironmentConfig,
    MujocoConfig,
    RandomizationConfig,
    RobotConfig,
    create_environment,
    list_cabinet_sets,
    list_tasks,
)
from spawnnet_sim.cabinets.sources import CABINETS
from spawnnet_sim.factory import partnet_config
from spawnnet_sim.mujoco.rendering import RENDERERS, available
from spawnnet_sim.registration import TASKS

GL = [name for name in RENDERERS[:2] if available(name)][:1]  # one OpenGL per process
VARIED = RandomizationConfig(
    lights=1.0, colours=1.0, textures=0.5, cameras=1.0, dynamics=1.0, ball=True
)
WAYS: dict[str, dict[str, Any]] = {
    name: {"engine": MujocoConfig(renderer=name)} for name in (*GL, "warp")
}
WAYS |= {f"{name}-varied": {**way, "randomization": VARIED} for name, way in WAYS.items()}
WAYS["workers"] = {"engine": MujocoConfig(workers=2, restart_workers=True)}
WAYS["workers-varied"] = {
    "engine": MujocoConfig(workers=2),
    "robot": RobotConfig(original_observation=True),
    "randomization": VARIED,
}
SOURCES = [
    (task, name)
    for task in list_tasks()
    for name in (*list_cabinet_sets(), "partnet")
    if CABINETS.lookup(name).joint in (TASKS.lookup(task).joint, None)
]
N = 3  # environments, of which the third repeats the first one's cabinet


@pytest.fixture(scope="module", params=SOURCES, ids="-".join)
def source(request: pytest.FixtureRequest) -> EnvironmentConfig:
    """A task on cabinets of one source."""
    task, name = request.param
    if name != "partnet":
        return EnvironmentConfig(task=task, cabinets=CabinetsConfig(name, count=2))
    folder: Path = request.getfixturevalue("doors" if task == "open_door" else "drawers")
    return partnet_config(task, folder)


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def config(request: pytest.FixtureRequest, source: EnvironmentConfig) -> EnvironmentConfig:
    cameras = CamerasConfig(image_size=(24, 40))
    return replace(source, num_envs=N, cameras=cameras, episode_steps=6, **request.param)


@pytest.fixture(scope="module")
def envs(config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    with closing(create_environment(config)) as environment:
        yield environment


def five_steps(environment: CabinetEnv, seed: int | list[int]) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    rows = [environment.reset(seed=seed)[0]]
    for _ in range(5):
        action = rng.uniform(-1, 1, environment.action_space.shape).astype(np.float32)
        observation, reward, terminated, truncated, info = environment.step(action)
        rows.append({**observation, "reward": reward, **info})
        assert not terminated.any()
        assert not truncated.any()
    return rows


def test_observations_and_rewards_fit_the_spaces_and_are_finite(envs: CabinetEnv) -> None:
    one, other = five_steps(envs, seed=0)[-2:]
    for row in (one, other):
        assert {name: row[name] for name in envs.single_observation_space} in envs.observation_space
        assert row["reward"].dtype == np.float32
        for name, array in row.items():
            assert np.isfinite(array).all(), name
            assert len(array) == N, name
            assert not np.shares_memory(array, other[name] if row is one else one[name]), name


def test_episodes_repeat_by_seed_and_nothing_survives_a_reset(envs: CabinetEnv) -> None:
    first = five_steps(envs, seed=1)
    five_steps(envs, seed=2)
    for one, other in zip(first, five_steps(envs, seed=1), strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_environments_are_independent(envs: CabinetEnv) -> None:
    """Each does the same whatever the others start from, and others go on while it resets."""
    first, other = five_steps(envs, seed=[4, 5, 6]), five_steps(envs, seed=[7, 5, 8])
    for one, same in zip(first, other, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name][1], same[name][1], err_msg=name)
    assert (first[-1]["proprioception"][0] != other[-1]["proprioception"][0]).any()
    mask = np.array([True, False, True])
    again = envs.reset(seed=[4, 9, 6], options={"reset_mask": mask})[0]
    for name, array in again.items():
        np.testing.assert_array_equal(array[mask], first[0][name][mask], err_msg=name)
        np.testing.assert_array_equal(array[1], other[-1][name][1], err_msg=name)


def test_the_cabinets_of_environments_differ_and_repeat(envs: CabinetEnv) -> None:
    rgb = envs.reset(seed=[4, 4, 4])[0]["rgb"]
    np.testing.assert_array_equal(rgb[0], rgb[2])  # the same cabinet, the same seed
    if len(set(envs.cabinets)) > 1:
        assert (rgb[0] != rgb[1]).any()


def test_what_is_built_again_in_one_process_does_the_same(
    envs: CabinetEnv, config: EnvironmentConfig
) -> None:
    with closing(
        create_environment(replace(config, engine=replace(config.engine, workers=0)))
    ) as alone:
        expected = five_steps(alone, seed=3)
    for one, other in zip(five_steps(envs, seed=3), expected, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
