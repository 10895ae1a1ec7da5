import numpy as np
import pytest
import torch

from spawnnet_sim import CabinetEnv, EnvironmentConfig
from spawnnet_sim.experts.learned_expert import LearnedExpert, Training
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.privileged import privileged_vector
from spawnnet_sim.training.ppo import Learner
from spawnnet_sim.training.ppo_config import PpoConfig


def test_the_exported_actor_is_the_policy_s_mean_action(
    blind_config: EnvironmentConfig, blind_envs: CabinetEnv
) -> None:
    learner = Learner(blind_envs, PpoConfig(layers=(9, 5), batches=2))
    learner.learn(12, lambda _: None)
    blind_envs.reset(seed=5)
    state = blind_envs.privileged_state()
    training = Training(blind_config.task, blind_config.cabinets, 3, 20, 0.7, learner.steps)
    adapter = learner.envs
    expert = LearnedExpert(adapter.mean, adapter.deviation, learner.actor(), training, PANDA)
    observation = (privileged_vector(PANDA, state) - adapter.mean) / (adapter.deviation + 1e-4)
    expected, _ = learner._ppo.predict(observation.clip(-5, 5), deterministic=True)
    np.testing.assert_allclose(expert.act(state), expected, atol=1e-5)


def test_a_state_of_other_networks_is_refused(blind_envs: CabinetEnv) -> None:
    state = Learner(blind_envs, PpoConfig(layers=(9,), batches=2)).state()
    with pytest.raises(RuntimeError, match="size mismatch"):
        Learner(blind_envs, PpoConfig(layers=(8,), batches=2)).load_state(state)
    assert torch.equal(state["steps"], torch.tensor(0))
