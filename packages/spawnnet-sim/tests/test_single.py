from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from spawnnet_sim import EnvironmentConfig, SingleCabinetEnv, create_environment


# Velocities have no bounds, and an environment is not made by `gymnasium.make`.
@pytest.mark.filterwarnings("ignore:.*(infinity|no spec|not having a spec|`spec`).*:UserWarning")
def test_gymnasium_s_checker_accepts_it(config: EnvironmentConfig) -> None:
    with closing(SingleCabinetEnv(create_environment(replace(config, num_envs=1)))) as environment:
        check_env(environment, skip_render_check=True)


def test_it_is_the_first_environment_of_the_batch(config: EnvironmentConfig) -> None:
    with closing(SingleCabinetEnv(create_environment(replace(config, num_envs=1)))) as environment:
        alone, _ = environment.reset(seed=3)
        step = environment.step(np.ones(11, np.float32))
        assert environment.render().shape == (24, 40, 3)
    with closing(create_environment(config)) as envs:
        batch, _ = envs.reset(seed=3)
    for name, array in alone.items():
        np.testing.assert_array_equal(array, batch[name][0])
    assert isinstance(step[1], float)
    assert step[2:4] == (False, False)


def test_more_than_one_environment_is_refused(config: EnvironmentConfig) -> None:
    with closing(create_environment(config)) as envs, pytest.raises(ValueError, match="got 3"):
        SingleCabinetEnv(envs)
