from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from spawnnet_sim import CabinetsConfig
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.rollouts.simulation import (
    SimulationConfig,
    open_environment,
    open_expert,
    resolved,
)


@pytest.fixture
def configure(simulation: Callable[..., dict[str, Any]]) -> Callable[..., SimulationConfig]:
    adapter = TypeAdapter(SimulationConfig)
    return lambda **settings: adapter.validate_python(simulation(**settings))


def test_splits_differ_in_their_cabinets_alone(
    configure: Callable[..., SimulationConfig],
) -> None:
    config = configure(count=3, episode_steps=9, task="open_door")
    splits = config.splits()
    assert list(splits) == ["train", "new", "held_out"]
    chosen = {
        name: (c.cabinets.set, c.cabinets.first, c.cabinets.count) for name, c in splits.items()
    }
    assert chosen == {
        "train": (None, 0, 3),
        "new": (None, 3, 1),
        "held_out": ("door-held-out-v1", 0, 1),
    }
    assert {(c.task, c.episode_steps, c.cameras) for c in splits.values()} == {
        ("open_door", 9, config.cameras)
    }


def test_new_cabinets_can_be_named_and_a_folder_has_none_of_its_own(
    configure: Callable[..., SimulationConfig],
) -> None:
    named = configure(new={"set": "drawer-train-v1", "first": 5, "count": 2}).splits()
    assert (named["new"].cabinets.first, named["new"].cabinets.count) == (5, 2)
    folder = configure(cabinets={"folder": "assets"}).splits()
    assert list(folder) == ["train", "held_out"]


def test_no_cabinet_is_in_two_splits(configure: Callable[..., SimulationConfig]) -> None:
    cabinets: list[str] = []
    for config in configure(count=2, image_size=(8, 8)).splits().values():
        with closing(open_environment(config)) as environment:
            cabinets += environment.cabinets
    assert len(set(cabinets)) == len(cabinets) == 4


def test_the_workers_shares_are_those_of_the_training_cabinets_alone(
    configure: Callable[..., SimulationConfig],
) -> None:
    config = configure(count=3, engine={"name": "mujoco", "workers": 2, "worker_split": [1, 2]})
    splits = {name: split.engine for name, split in config.splits().items()}
    assert splits["train"].worker_split == (1, 2)
    assert splits["new"] == splits["held_out"] == replace(splits["train"], worker_split=None)


def test_randomization_reaches_the_environments(
    configure: Callable[..., SimulationConfig],
) -> None:
    images = []
    for colours in (0, 0, 1):
        config = configure(count=1, image_size=(24, 32), randomization={"colours": colours})
        with closing(open_environment(config)) as environment:
            images.append(environment.reset(seed=3)[0]["rgb"])
    assert (images[0] == images[1]).all()
    assert (images[0] != images[2]).mean() > 0.1


def test_the_renderer_that_auto_stands_for_is_written_down(
    configure: Callable[..., SimulationConfig],
) -> None:
    config = configure()
    assert config.engine.renderer == "auto"
    assert resolved(config).engine.renderer != "auto"
    assert resolved(resolved(config)) == resolved(config)


def test_sets_that_follow_the_task_are_written_down_by_name(
    configure: Callable[..., SimulationConfig],
) -> None:
    config = replace(configure(), task="open_door", cabinets=CabinetsConfig(count=3), new=None)
    named = resolved(replace(config, held_out=CabinetsConfig(count=2)))
    assert (named.cabinets.set, named.held_out.set) == ("door-train-v1", "door-held-out-v1")
    assert named.new == CabinetsConfig(set="door-train-v1", first=3, count=2)


def test_an_expert_that_is_not_there_is_an_error_of_the_configuration(
    configure: Callable[..., SimulationConfig],
) -> None:
    config = configure(expert={"name": "learned", "checkpoint": "nowhere"})
    with pytest.raises(ConfigError, match=r"^simulation\.expert\.checkpoint: .*nowhere"):
        open_expert(config)
