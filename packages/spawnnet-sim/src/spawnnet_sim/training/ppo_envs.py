"""The environments as Stable-Baselines3 wants them: importing this imports torch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.learned_expert import Float32, normalized
from spawnnet_sim.stable_baselines import TRUNCATED, BaseCabinetVecEnv
from spawnnet_sim.tasks.privileged import privileged_dim, privileged_vector


class Outcome(NamedTuple):
    """What one iteration's episodes came to.

    Attributes:
        mean_return: Sum of the task's rewards in an episode, mean over environments.
        success_rate: Share of environments that succeeded.
        mean_opened: Opening at the end, mean over environments, m or rad.
    """

    mean_return: float
    success_rate: float
    mean_opened: float


class PrivilegedVecEnv(BaseCabinetVecEnv):
    """Environments that observe the privileged state, normalised, and reset by themselves.

    The statistics of the normalisation are those of all iterations before the current one.

    Args:
        envs: Draws no images.
        seed: Episode k of all environments starts from `(seed + k, env)`.
        reward_scale: Factor of the task's reward.
    """

    def __init__(self, envs: CabinetEnv, seed: int, reward_scale: float) -> None:
        self._seed, self._reward_scale = seed, reward_scale
        self.robot = envs.robot
        width = privileged_dim(envs.robot)
        super().__init__(envs, spaces.Box(-np.inf, np.inf, (width,), np.float32))
        self.statistics = RunningMeanStd(shape=(width,))
        self.episode = 0
        self.outcome = Outcome(0.0, 0.0, 0.0)

    @property
    def mean(self) -> Float32:
        """Of the observations, `(P,)`."""
        return self.statistics.mean.astype(np.float32)

    @property
    def deviation(self) -> Float32:
        """Standard deviation of the observations, `(P,)`."""
        return np.sqrt(self.statistics.var).astype(np.float32)

    def reset(self) -> Float32:
        """Start the next episode in every environment."""
        self._envs.reset(seed=self._seed + self.episode)
        self._seen: list[Float32] = []
        self._returns = np.zeros(self.num_envs)
        return self._observe()

    def step_wait(self) -> VecEnvStepReturn:
        """Act; after the last step of the episode, begin the next one."""
        _, rewards, _, truncated, info = self._envs.step(self._actions)
        self._returns += rewards
        observation = self._observe()
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if truncated.all():
            for each, last in zip(infos, observation, strict=True):
                each |= {TRUNCATED: True, "terminal_observation": last}
            self._finish(info)
            observation = self.reset()
        return observation, self._reward_scale * rewards, truncated, infos

    def _observe(self) -> Float32:
        vector = privileged_vector(self._envs.robot, self._envs.privileged_state())
        self._seen.append(vector)
        return normalized(vector, self.mean, self.deviation)

    def _finish(self, info: dict[str, Any]) -> None:
        self.outcome = Outcome(
            float(self._returns.mean()), float(info["success"].mean()), float(info["opened"].mean())
        )
        self.statistics.update(np.concatenate(self._seen))
        self.episode += 1
