"""What holds for every task, source of cabinets and way to run the engine, randomised or not."""

from collections.abc import Callable, Iterator
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
    ConfigurationError,
    Engine,
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
from spawnnet_sim.physics.engines import ENGINES
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
# Every way on every source; a worker of Isaac Gym takes long to start.
CASES = [(*source, way) for source in SOURCES for way in WAYS]
CASES += [(*source, "isaacgym") for source in (("open_door", "partnet"), SOURCES[0])]
TOLERANCE = 2e-3  # of engines that are not exact, in SI units
N = 3  # environments, of which the third repeats the first one's cabinet


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def config(request: pytest.FixtureRequest) -> Iterator[EnvironmentConfig]:
    """A task on cabinets of one source, simulated in one way."""
    task, name, way = request.param
    if name == "partnet":
        folder: Path = request.getfixturevalue("doors" if task == "open_door" else "drawers")
        source = partnet_config(task, folder)
    else:
        source = EnvironmentConfig(task=task, cabinets=CabinetsConfig(name, count=2))
    cameras = CamerasConfig(image_size=(24, 40))
    config = replace(source, num_envs=N, cameras=cameras, episode_steps=6)
    if way == "isaacgym":
        with request.getfixturevalue("stands_in")():
            yield replace(config, engine=request.getfixturevalue("engine"))
    else:
        yield replace(config, **WAYS[way])


@pytest.fixture(scope="module")
def envs(config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    with closing(create_environment(config)) as environment:
        yield environment


@pytest.fixture(scope="module")
def engine_entry(config: EnvironmentConfig) -> Engine:
    return ENGINES.lookup(config.engine.name)


@pytest.fixture(scope="module")
def agree(engine_entry: Engine) -> Callable[..., None]:
    """Return what compares arrays of observations, up to what the engine promises."""

    def compare(one: np.ndarray, other: np.ndarray, name: str) -> None:
        if engine_entry.is_exact:
            np.testing.assert_array_equal(one, other, err_msg=name)
        elif name in ("rgb", "depth"):  # at edges a pixel may show another surface
            assert (np.abs(one.astype(float) - other) > TOLERANCE).mean() < 0.02, name
        else:
            np.testing.assert_allclose(one, other, atol=TOLERANCE, err_msg=name)

    return compare


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


def test_episodes_repeat_by_seed_and_nothing_survives_a_reset(
    envs: CabinetEnv, agree: Callable[..., None]
) -> None:
    first = five_steps(envs, seed=1)
    five_steps(envs, seed=2)
    for one, other in zip(first, five_steps(envs, seed=1), strict=True):
        for name in one:
            agree(one[name], other[name], name)


def test_environments_are_independent(
    envs: CabinetEnv, agree: Callable[..., None], engine_entry: Engine
) -> None:
    """Each does the same whatever the others start from, and others go on while it resets."""
    first, other = five_steps(envs, seed=[4, 5, 6]), five_steps(envs, seed=[7, 5, 8])
    for one, same in zip(first, other, strict=True):
        for name in one:
            agree(one[name][1], same[name][1], name)
    assert (first[-1]["proprioception"][0] != other[-1]["proprioception"][0]).any()
    mask = np.array([True, False, True])
    if not engine_entry.supports_partial_reset:
        with pytest.raises(ConfigurationError, match="reset_mask"):
            envs.reset(options={"reset_mask": mask})
        return
    again = envs.reset(seed=[4, 9, 6], options={"reset_mask": mask})[0]
    for name, array in again.items():
        agree(array[mask], first[0][name][mask], name)
        agree(array[1], other[-1][name][1], name)


def test_the_cabinets_of_environments_differ_and_repeat(
    envs: CabinetEnv, agree: Callable[..., None]
) -> None:
    rgb = envs.reset(seed=[4, 4, 4])[0]["rgb"]
    agree(rgb[0], rgb[2], "rgb")  # the same cabinet, the same seed
    if len(set(envs.cabinets)) > 1:
        assert (rgb[0] != rgb[1]).any()


def test_what_is_built_again_in_one_process_does_the_same(
    envs: CabinetEnv, config: EnvironmentConfig, agree: Callable[..., None]
) -> None:
    engine = config.engine
    if isinstance(engine, MujocoConfig):
        engine = replace(engine, workers=0)
    with closing(create_environment(replace(config, engine=engine))) as alone:
        expected = five_steps(alone, seed=3)
    for one, other in zip(five_steps(envs, seed=3), expected, strict=True):
        for name in one:
            agree(one[name], other[name], name)
