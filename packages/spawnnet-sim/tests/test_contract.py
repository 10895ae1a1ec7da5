"""What holds for every task, every source of cabinets and every way to run the engine."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import CabinetEnv, create_environment, environment_config, list_tasks
from spawnnet_sim.rendering import RENDERERS, available

GL = [name for name in RENDERERS[:2] if available(name)][:1]  # one OpenGL per process
WAYS: list[dict[str, Any]] = [{"renderer": name} for name in (*GL, "warp")]
WAYS.append({"original_observation": True})


@pytest.fixture(
    scope="module",
    params=[
        (task, is_held_out, way)
        for task in list_tasks()
        for is_held_out in (False, True)
        for way in WAYS
    ],
    ids=lambda value: "-".join(map(str, (*value[:2], *value[2].values()))),
)
def cells(request: pytest.FixtureRequest) -> Iterator[CabinetEnv]:
    task, is_held_out, way = request.param
    config = environment_config(
        task, is_held_out=is_held_out, num_cabinets=2, image_size=(24, 40), **way
    )
    with closing(create_environment(config, num_cells=3)) as environment:
        yield environment


def five_steps(environment: CabinetEnv, seed: int) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    rows = [environment.reset(seed=seed)[0]]
    for _ in range(5):
        action = rng.uniform(-1, 1, environment.action_space.shape).astype(np.float32)
        observation, reward, terminated, truncated, info = environment.step(action)
        rows.append({**observation, "reward": reward, **info})
        assert not terminated.any()
        assert not truncated.any()
    return rows


def test_observations_and_rewards_fit_the_spaces_and_are_finite(cells: CabinetEnv) -> None:
    for row in five_steps(cells, seed=0):
        observation = {name: row[name] for name in cells.single_observation_space}
        assert observation in cells.observation_space
        for name, array in row.items():
            assert np.isfinite(array).all(), name
            assert len(array) == 3, name


def test_episodes_repeat_by_seed_and_nothing_survives_a_reset(cells: CabinetEnv) -> None:
    first = five_steps(cells, seed=1)
    five_steps(cells, seed=2)
    for one, other in zip(first, five_steps(cells, seed=1), strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_no_two_observations_share_memory(cells: CabinetEnv) -> None:
    one, other = five_steps(cells, seed=3)[-2:]
    for name in one:
        assert not np.shares_memory(one[name], other[name]), name


def test_the_cabinets_of_cells_differ_and_repeat(cells: CabinetEnv) -> None:
    rgb = cells.reset(seed=[4, 4, 4])[0]["rgb"]
    np.testing.assert_array_equal(rgb[0], rgb[2])  # the same cabinet, the same start
    assert (rgb[0] != rgb[1]).any()
    assert cells.cabinets[0] == cells.cabinets[2] != cells.cabinets[1]
