import re
from contextlib import closing

import pytest

from spawnnet_sim import EnvironmentConfig, create_environment, create_expert, list_tasks


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
