"""Whatever is trained in keeps the promises that rollouts rely on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from pydantic import TypeAdapter

from spawnnet_train.rollouts.environment import LabelledEnvironment, deal
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
        "action_names",
        "set_cabinets",
        "single_observation_space",
        "single_action_space",
        "reset",
        "step",
        "privileged_state",
        "quantities",
        "close",
    }
    assert all(hasattr(environment, name) for name in names)
    assert len(environment.cabinets) == environment.num_envs == 3
    assert environment.control_timestep > 0
    assert environment.draws
    (width,) = environment.single_action_space.shape or ()
    assert len(environment.action_names) == width


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
        assert (info["grasped"].shape, info["grasped"].dtype) == ((N,), bool)
        for name in ("opened", "closest"):
            assert (info[name].shape, info[name].dtype) == ((N,), np.float32)


def test_the_seed_decides_where_an_episode_begins(
    trained_in: tuple[LabelledEnvironment, Any],
) -> None:
    environment, _ = trained_in
    starts = [environment.reset(seed=seed)[0]["proprioception"].copy() for seed in (5, 5, 6)]
    assert np.array_equal(starts[0], starts[1])
    assert not np.array_equal(starts[0], starts[2])


def test_other_cabinets_can_be_put_in(trained_in: tuple[LabelledEnvironment, Any]) -> None:
    environment, _ = trained_in
    first = environment.cabinets
    environment.set_cabinets([2, 0, 1])
    assert environment.cabinets == (first[2], first[0], first[1])


def test_where_nobody_looks_nothing_is_drawn(
    trained_in: tuple[LabelledEnvironment, Any],
) -> None:
    environment, expert = trained_in
    before, _ = environment.reset(seed=5)
    before = {name: array.copy() for name, array in before.items()}
    environment.draws = False
    observation, *_ = environment.step(expert.act(environment.privileged_state()))
    assert np.array_equal(observation["rgb"], before["rgb"])
    assert not np.array_equal(observation["proprioception"], before["proprioception"])
    environment.draws = True
    observation, *_ = environment.step(expert.act(environment.privileged_state()))
    assert not np.array_equal(observation["rgb"], before["rgb"])


@pytest.mark.parametrize(("num_cabinets", "names"), [(3, ["012", "012"]), (5, ["012", "340"])])
def test_cabinets_are_dealt_out_in_turn(
    make_environment: Callable[..., Any], num_cabinets: int, names: list[str]
) -> None:
    environment = make_environment(3)
    found = []
    for rollout_index in range(2):
        deal(environment, num_cabinets, rollout_index)
        found.append("".join(name[-1] for name in environment.cabinets))
    assert found == names
