import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from spawnnet_sim import (
    CabinetsConfig,
    ConfigurationError,
    EnvironmentConfig,
    ExpertConfig,
    check_environment,
    create_environment,
    create_expert,
    list_tasks,
    task_cabinets,
)
from spawnnet_sim.factory import blind, cabinet_set, partnet_config


def test_cabinets_repeat_where_there_are_more_environments() -> None:
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=2), num_envs=5)
    with closing(create_environment(blind(config))) as envs:
        assert [name[-2:] for name in envs.cabinets] == ["00", "01", "00", "01", "00"]


def test_an_unknown_task_is_refused_by_both_factories() -> None:
    config = EnvironmentConfig(task="open_window")
    for create in (create_environment, create_expert):
        with pytest.raises(ValueError, match=re.escape(", ".join(list_tasks()))):
            create(config)


@pytest.mark.parametrize("kind", ["drawer", "door"])
def test_the_expert_opens_it(kind: str, request: pytest.FixtureRequest) -> None:
    config = partnet_config(f"open_{kind}", request.getfixturevalue(f"{kind}s"))
    config = replace(blind(config), num_envs=6)
    expert = create_expert(config)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=3)
        for _ in range(envs.episode_steps):
            *_, info = envs.step(expert.act(envs.privileged_state()))
    assert info["success"].all(), info["opened"]


def test_folders_and_joints_are_checked_before_anything_is_built(doors: Path) -> None:
    for changes, message in (
        ({"set": "drawer-train-v1", "folder": str(doors)}, "folder: the set .* reads no folder"),
        ({"set": "partnet"}, "folder: the set 'partnet' needs a folder of assets, got None"),
        ({"folder": "nowhere"}, "folder: there is no folder 'nowhere'"),
        ({"set": "drawer-train-v2"}, "set: 'drawer-train-v2' is unknown. Did you mean"),
        ({"set": "door-train-v1"}, "set: .* have a hinge, 'open_drawer' needs a slide: take"),
    ):
        with pytest.raises(ConfigurationError, match=f"^cabinets.{message}"):
            check_environment(EnvironmentConfig(cabinets=CabinetsConfig(**changes)))
    mixed = partnet_config("open_drawer", doors)
    with pytest.raises(ValueError, match="has a hinge, 'open_drawer' needs a slide"):
        create_environment(mixed)


def test_the_cabinets_follow_the_task_where_they_are_not_said(doors: Path) -> None:
    for task, name in (("open_drawer", "drawer-train-v1"), ("open_door", "door-train-v1")):
        config = EnvironmentConfig(task=task)
        check_environment(config)
        assert cabinet_set(config) == task_cabinets(task).set == name
    assert cabinet_set(EnvironmentConfig(cabinets=CabinetsConfig(folder=str(doors)))) == "partnet"
    assert task_cabinets("open_door", split="held_out") == CabinetsConfig(
        "door-held-out-v1", count=8
    )


def test_the_first_cabinets_of_a_set_can_be_skipped() -> None:
    config = blind(EnvironmentConfig(cabinets=CabinetsConfig(first=3, count=2), num_envs=3))
    with closing(create_environment(config)) as envs:
        assert [name[-2:] for name in envs.cabinets] == ["03", "04", "03"]


def test_an_expert_is_checked_before_anything_is_built() -> None:
    with pytest.raises(ConfigurationError, match=r"^expert.name: 'lerned' is unknown. Did you"):
        check_environment(EnvironmentConfig(expert=ExpertConfig("lerned")))
    for expert in (ExpertConfig("learned"), ExpertConfig("scripted", checkpoint="x")):
        with pytest.raises(ConfigurationError, match=r"^expert.checkpoint: "):
            create_expert(EnvironmentConfig(expert=expert))
