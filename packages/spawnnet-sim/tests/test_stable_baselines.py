from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.torch_layers import NatureCNN

from spawnnet_sim import (
    CabinetEnv,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    create_environment,
)
from spawnnet_sim.stable_baselines import CabinetVecEnv

ENTRIES = ("rgb_close_left", "proprioception")


@pytest.fixture
def envs(config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    cameras = CamerasConfig(("close_left", "wrist"), (36, 40))
    with closing(create_environment(replace(config, cameras=cameras))) as envs:
        yield envs


@pytest.mark.filterwarnings("ignore:.*(infinity|depth_).*:UserWarning")  # it is no picture
def test_the_checker_of_stable_baselines_finds_nothing() -> None:
    options = {"per_camera": True, "episode_steps": 3}
    environment = gymnasium.make("spawnnet/OpenDrawer-v0", **options)  # type: ignore[arg-type]
    check_env(environment)
    environment.close()


def test_ppo_sees_images_by_its_cnn_and_learns(envs: CabinetEnv) -> None:
    settings = {"n_steps": 5, "batch_size": 15, "n_epochs": 1, "seed": 1, "device": "cpu"}
    model = PPO("MultiInputPolicy", CabinetVecEnv(envs, ENTRIES), **settings)  # type: ignore[arg-type]
    extractors = model.policy.features_extractor.extractors  # type: ignore[union-attr]
    assert isinstance(extractors["rgb_close_left"], NatureCNN)  # type: ignore[index, operator]
    model.learn(15)
    assert model.ep_success_buffer is not None
    assert len(model.ep_success_buffer) == 3  # episodes that ended, one of each environment


def test_an_episode_ends_in_its_last_observation_and_the_next_one_begins(envs: CabinetEnv) -> None:
    vec_env = CabinetVecEnv(envs)
    vec_env.seed(4)
    first = vec_env.reset()
    actions = np.full((3, 11), 0.2, np.float32)
    for _ in range(4):
        _, _, dones, infos = vec_env.step(actions)
        assert not dones.any()
        assert "terminal_observation" not in infos[0]
    observation, _, dones, infos = vec_env.step(actions)
    assert dones.all()
    assert all(info["TimeLimit.truncated"] and info["is_success"] is False for info in infos)
    envs.reset(seed=[4, 5, 6])
    again = [envs.step(actions)[0] for _ in range(5)][-1]
    np.testing.assert_array_equal(infos[2]["terminal_observation"]["rgb_wrist"], again["rgb"][2, 1])
    assert isinstance(first, dict)
    assert isinstance(observation, dict)
    assert (observation["proprioception"] != first["proprioception"]).any()
    assert len(vec_env.get_images()) == 3


def test_entries_that_are_not_observed_are_refused(envs: CabinetEnv) -> None:
    with pytest.raises(ConfigurationError, match=r"entries: 'rgb' is not observed; there are "):
        CabinetVecEnv(envs, ["rgb"])


def test_only_attributes_that_are_there_are_found(envs: CabinetEnv) -> None:
    env = CabinetVecEnv(envs, ["proprioception"])
    assert env.has_attr("views")
    assert env.get_attr("episode_steps") == [envs.episode_steps] * envs.num_envs
    assert not env.has_attr("no_such_thing")
    with pytest.raises(AttributeError, match="no_such_thing"):
        env.get_attr("no_such_thing")
