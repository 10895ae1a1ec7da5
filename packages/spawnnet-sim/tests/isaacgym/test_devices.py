"""Several GPUs are several workers, each with a part of the environments."""

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import ConfigurationError, IsaacGymConfig, generate_cabinets
from spawnnet_sim.isaacgym.engine import ISAAC_GYM
from spawnnet_sim.physics.engines import check_engine
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA

SCENE = Scene(PANDA, generate_cabinets("drawer-train-v1", 3))
HOME = np.tile(PANDA.home, (3, 1))


def test_shares_that_do_not_fit_are_named(
    engine: IsaacGymConfig, stands_in: Callable[..., Any]
) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^worker_split: must be absent without `devices`"
    ):
        replace(engine, worker_split=(1, 2))
    with stands_in():
        wrong = replace(engine, devices=(0, 1), worker_split=(1, 1))
        with pytest.raises(ConfigurationError, match=r"^engine\.worker_split: must be .* sum to"):
            check_engine(wrong, 3)
        check_engine(replace(wrong, worker_split=(1, 2)), 3)


def test_shares_of_other_numbers_of_environments_are_equal(engine: IsaacGymConfig) -> None:
    shared = replace(engine, devices=(0, 1), worker_split=(1, 2))
    assert shared.with_workers(shared.worker_count) == replace(engine, devices=(0, 1))


@pytest.mark.skipif(
    "SPAWNNET_PYTHON38" not in os.environ, reason="starts two workers: `nox -s isaacgym`"
)
def test_two_workers_do_what_one_does(
    engine: IsaacGymConfig, stands_in: Callable[..., Any]
) -> None:
    states = []
    for config in (engine, replace(engine, devices=(0, 1), worker_split=(1, 2))):
        with stands_in(), closing(ISAAC_GYM.create(config, SCENE)) as physics:
            physics.reset(np.ones(3, bool), HOME)
            physics.step(HOME[:, :9] + 0.1, np.zeros((3, 2)))
            states.append(vars(physics.state()))
            with pytest.raises(ConfigurationError, match="reset_mask"):
                physics.reset(np.array([True, True, False]), HOME)
    for name, rows in states[0].items():
        np.testing.assert_allclose(rows, states[1][name], atol=1e-6, err_msg=name)
