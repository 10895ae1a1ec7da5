"""Whatever is trained in keeps the promises that rollouts rely on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from pydantic import TypeAdapter

from spawnnet_train.rollouts.environment import LabelledEnvironment
from spawnnet_train.rollouts.simulation import SimulationConfig, open_environment, open_expert


@pytest.fixture(params=["points", "simulation"])
def trained_in(
    request: pytest.FixtureRequest,
    make_environment: Callable[..., Any],
    expert: Any,
    simulation: Callable[..., dict[str, Any]],
) -> Iterator[tuple[LabelledEnvironment, Any]]:
    if request.param == "points":
        yield make_environment(3), expert
        return
    settings = simulation(count=3, image_size=(24, 32))
    config = TypeAdapter(SimulationConfig).validate_python(settings)
    with closing(open_environment(config)) as environment:
        yield environment, open_expert(config)


def test_it_has_what_the_protocol_names(trained_in: tuple[LabelledEnvironment, Any]) -> None:
    environment, _ = trained_in
    names = {name for name in vars(LabelledEnvironment) if not name.startswith("_")}
    assert names == {
        "num_envs",
        "episode_steps",
        "control_timestep",
        "cabinets",
        "single_observation_space",
        "single_action_space",
        "reset",
        "step",
        "privileged_state",
        "close",
    }
    assert all(hasattr(environment, name) for name in names)
    assert len(environment.cabinets) == environment.num_envs == 3
    assert environment.control_timestep > 0


def test_an_episode_looks_as_rollouts_expect(trained_in: tuple[LabelledEnvironment, Any]) -> None:
    environment, expert = trained_in
    N, observations = environment.num_envs, environment.single_observation_space
    assert isinstance(observations, spaces.Dict)
    observation, _ = environment.reset(seed=5)
    for step in range(environment.episode_steps):
        for name in ("rgb", "depth", "proprioception"):
            array, space = observation[name], observations[name]
            assert (array.shape, array.dtype) == ((N, *(space.shape or ())), space.dtype)
        actions = expert.act(environment.privileged_state())
        assert all(environment.single_action_space.contains(action) for action in actions)
        observation, _, terminated, truncated, info = environment.step(actions)
        assert not terminated.any()
        assert truncated.all() == (step == environment.episode_steps - 1)
        assert (info["success"].shape, info["success"].dtype) == ((N,), bool)
        assert info["opened"].shape == (N,)


def test_the_seed_decides_where_an_episode_begins(
    trained_in: tuple[LabelledEnvironment, Any],
) -> None:
    environment, _ = trained_in
    starts = [environment.reset(seed=seed)[0]["proprioception"].copy() for seed in (5, 5, 6)]
    assert np.array_equal(starts[0], starts[1])
    assert not np.array_equal(starts[0], starts[2])
