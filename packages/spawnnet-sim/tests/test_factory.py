import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from spawnnet_sim import (
    EnvironmentConfig,
    check_environment,
    create_environment,
    create_expert,
    list_tasks,
)
from spawnnet_sim.factory import partnet_config


def test_cabinets_repeat_where_there_are_more_cells() -> None:
    config = EnvironmentConfig(num_cabinets=2, cameras=())
    with closing(create_environment(config, num_cells=5)) as cells:
        assert [name[-2:] for name in cells.cabinets] == ["00", "01", "00", "01", "00"]


def test_there_is_at_least_one_cell() -> None:
    with pytest.raises(ValueError, match="`num_cells` must be at least 1, got 0"):
        create_environment(EnvironmentConfig(), num_cells=0)


def test_an_unknown_task_is_refused_by_both_factories() -> None:
    config = EnvironmentConfig(task="open_window")
    for create in (create_environment, create_expert):
        with pytest.raises(ValueError, match=re.escape(", ".join(list_tasks()))):
            create(config)


@pytest.mark.parametrize("kind", ["drawer", "door"])
def test_the_expert_opens_it(kind: str, request: pytest.FixtureRequest) -> None:
    config = partnet_config(f"open_{kind}", request.getfixturevalue(f"{kind}s"))
    config = replace(config, cameras=())
    expert = create_expert(config)
    with closing(create_environment(config, num_cells=6)) as cells:
        cells.reset(seed=3)
        for _ in range(cells.episode_steps):
            *_, info = cells.step(expert.act(cells.privileged_state()))
    assert info["success"].all(), info["opened"]


def test_folders_and_joints_are_checked_before_anything_is_built(doors: Path) -> None:
    with pytest.raises(ValueError, match="`cabinets` is unknown: 'drawer-train-v1'"):
        EnvironmentConfig(partnet=str(doors))
    with pytest.raises(FileNotFoundError, match="`partnet`: no folder"):
        check_environment(EnvironmentConfig(partnet="nowhere", cabinets="partnet"))
    mixed = partnet_config("open_drawer", doors)
    with pytest.raises(ValueError, match="has a hinge, 'open_drawer' needs a slide"):
        create_environment(mixed)
