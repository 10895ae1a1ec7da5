import numpy as np
import pytest

from spawnnet_sim import CabinetEnv
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.privileged import privileged_vector
from spawnnet_sim.training.ppo_envs import PrivilegedVecEnv


def test_an_episode_ends_in_its_last_observation_and_the_next_one_begins(
    blind_envs: CabinetEnv,
) -> None:
    adapter = PrivilegedVecEnv(blind_envs, seed=7, reward_scale=0.5)
    first = adapter.reset()
    actions = np.full((3, 11), 0.2, np.float32)
    for _ in range(3):
        _, _, dones, infos = adapter.step(actions)
        assert not dones.any()
        assert infos == [{}, {}, {}]
    observation, _, dones, infos = adapter.step(actions)
    assert dones.all()
    assert all(info["TimeLimit.truncated"] for info in infos)
    assert not np.allclose(infos[2]["terminal_observation"], observation[2])
    blind_envs.reset(seed=8)
    begun = privileged_vector(PANDA, blind_envs.privileged_state())
    expected = (begun - adapter.mean) / (adapter.deviation + 1e-4)
    np.testing.assert_allclose(observation, expected.clip(-5, 5), atol=1e-5)
    assert first.shape == observation.shape


def test_rewards_are_the_task_s_scaled_and_returns_are_not(blind_envs: CabinetEnv) -> None:
    actions = np.full((3, 11), -0.1, np.float32)
    blind_envs.reset(seed=4)
    expected = np.array([blind_envs.step(actions)[1] for _ in range(4)])
    adapter = PrivilegedVecEnv(blind_envs, seed=4, reward_scale=0.5)
    adapter.reset()
    rewards = np.array([adapter.step(actions)[1] for _ in range(4)])
    np.testing.assert_allclose(rewards, 0.5 * expected, rtol=1e-6)
    assert adapter.outcome.mean_return == pytest.approx(expected.sum(axis=0).mean(), rel=1e-6)


def test_the_statistics_are_those_of_the_episodes_before(blind_envs: CabinetEnv) -> None:
    adapter = PrivilegedVecEnv(blind_envs, seed=1, reward_scale=1.0)
    adapter.reset()
    blind_envs.reset(seed=1)
    seen = [privileged_vector(PANDA, blind_envs.privileged_state())]
    for _ in range(3):
        adapter.step(np.zeros((3, 11), np.float32))
        seen.append(privileged_vector(PANDA, blind_envs.privileged_state()))
        np.testing.assert_array_equal(adapter.mean, 0.0)
    adapter.step_async(np.zeros((3, 11), np.float32))
    *_, infos = adapter.step_wait()
    seen.append(np.stack([info["terminal_observation"] for info in infos]))
    near = np.abs(seen[-1]) < 5  # what is cut off cannot be compared
    mean = np.concatenate(seen).mean(axis=0)
    columns = near.all(axis=0)
    np.testing.assert_allclose(adapter.mean[columns], mean[columns], atol=1e-4)
