"""Proximal policy optimisation on the cells, by Stable-Baselines3; importing this imports torch.

One iteration is one episode in every cell, then the update on all of their steps. Everything
random in an iteration follows from the seed and its number, and no episode spans two of them, so
that a resumed training continues bit for bit.

References:
    Schulman et al., "Proximal Policy Optimization Algorithms", 2017, https://arxiv.org/abs/1707.06347
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.utils import set_random_seed
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn
from torch import nn

from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.learned_expert import Float32, normalized
from spawnnet_sim.ppo_config import PpoConfig
from spawnnet_sim.privileged import PRIVILEGED_DIM, privileged_vector


class Outcome(NamedTuple):
    """What one iteration's episodes came to.

    Attributes:
        mean_return: Sum of the task's rewards in an episode, mean over cells.
        success_rate: Share of cells that succeeded.
        mean_opened: Opening at the end, mean over cells, m or rad.
    """

    mean_return: float
    success_rate: float
    mean_opened: float


class CellsVecEnv(VecEnv):
    """Cells as Stable-Baselines3 wants them: privileged, normalised, reset by themselves.

    The statistics of the normalisation are those of all iterations before the current one.

    Args:
        cells: Draws no images.
        seed: Episode k of all cells starts from `(seed + k, cell)`.
        reward_scale: Factor of the task's reward.
    """

    def __init__(self, cells: CabinetEnv, seed: int, reward_scale: float) -> None:
        self._cells, self._seed, self._reward_scale = cells, seed, reward_scale
        observation_space = spaces.Box(-np.inf, np.inf, (PRIVILEGED_DIM,), np.float32)
        super().__init__(cells.num_envs, observation_space, cells.single_action_space)
        self.statistics = RunningMeanStd(shape=(PRIVILEGED_DIM,))
        self.episode = 0
        self.outcome = Outcome(0.0, 0.0, 0.0)
        self._actions = np.zeros(cells.action_space.shape or (), np.float32)

    @property
    def mean(self) -> Float32:
        """Of the observations, `(P,)`."""
        return self.statistics.mean.astype(np.float32)

    @property
    def deviation(self) -> Float32:
        """Standard deviation of the observations, `(P,)`."""
        return np.sqrt(self.statistics.var).astype(np.float32)

    def reset(self) -> Float32:
        """Start the next episode in every cell."""
        self._cells.reset(seed=self._seed + self.episode)
        self._seen: list[Float32] = []
        self._returns = np.zeros(self.num_envs)
        return self._observe()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take the actions of the next step."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Act; after the last step of the episode, begin the next one."""
        _, rewards, _, truncated, info = self._cells.step(self._actions)
        self._returns += rewards
        observation = self._observe()
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if truncated.all():
            for each, last in zip(infos, observation, strict=True):
                each |= {"TimeLimit.truncated": True, "terminal_observation": last}
            self._finish(info)
            observation = self.reset()
        return observation, self._reward_scale * rewards, truncated, infos

    def close(self) -> None:
        """Free the cells."""
        self._cells.close()

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """Return that no cell is wrapped."""
        return [False] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the cells, once per cell."""
        return [getattr(self._cells, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: cells have no attributes of their own."""
        raise NotImplementedError("The cells have no attributes to set.")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refuse: cells have no methods of their own."""
        raise NotImplementedError("The cells have no methods to call.")

    def _observe(self) -> Float32:
        vector = privileged_vector(self._cells.privileged_state())
        self._seen.append(vector)
        return normalized(vector, self.mean, self.deviation)

    def _finish(self, info: dict[str, Any]) -> None:
        self.outcome = Outcome(
            float(self._returns.mean()), float(info["success"].mean()), float(info["opened"].mean())
        )
        self.statistics.update(np.concatenate(self._seen))
        self.episode += 1


class Learner:
    """A policy in training.

    Args:
        cells: Where it acts; one episode in each per iteration.
        config: How it learns.
        log: Folder for TensorBoard, or None.
    """

    def __init__(self, cells: CabinetEnv, config: PpoConfig, log: str | None = None) -> None:
        torch.set_num_threads(1)  # networks this small gain nothing from more
        self.cells = CellsVecEnv(cells, config.seed, config.reward_scale)
        self._seed = config.seed
        self._ppo = PPO(
            "MlpPolicy",
            self.cells,
            learning_rate=config.learning_rate,
            n_steps=cells.episode_steps,
            batch_size=cells.num_envs * cells.episode_steps // config.batches,
            n_epochs=config.epochs,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            clip_range=config.clip_range,
            policy_kwargs={
                "net_arch": list(config.layers),
                "activation_fn": nn.Tanh,
                "log_std_init": float(np.log(config.initial_deviation)),
            },
            tensorboard_log=log,
            seed=config.seed,
            device="cpu",
        )

    @property
    def steps(self) -> int:
        """Control steps so far, all cells together."""
        return int(self._ppo.num_timesteps)

    @property
    def deviation(self) -> float:
        """Standard deviation of the actions, mean over their dimensions."""
        return float(self._ppo.policy.log_std.detach().exp().mean())

    def learn(self, steps: int, after_iteration: Callable[[Outcome], None]) -> None:
        """Run iterations until there are at least `steps` steps in all.

        Args:
            steps: Control steps, those before included.
            after_iteration: Called with the outcome of each.
        """
        callback = _Iterations(self.cells, self._seed, after_iteration)
        self._ppo.learn(steps - self.steps, callback, reset_num_timesteps=False, tb_log_name="ppo")

    def actor(self) -> tuple[tuple[Float32, Float32], ...]:
        """Return weights and biases of the layers from observation to mean action."""
        policy = self._ppo.policy
        modules = chain(policy.mlp_extractor.policy_net, [policy.action_net])
        layers = [module for module in modules if isinstance(module, nn.Linear)]
        return tuple((_array(layer.weight), _array(layer.bias)) for layer in layers)

    def state(self) -> dict[str, torch.Tensor]:
        """Return everything that decides how the training goes on."""
        statistics = self.cells.statistics
        policy, optimizer = self._ppo.policy, self._ppo.policy.optimizer.state_dict()["state"]
        numbers = {
            "steps": self.steps,
            "episode": self.cells.episode,
            "statistics/mean": statistics.mean,
            "statistics/var": statistics.var,
            "statistics/count": np.float64(statistics.count),
        }
        return {
            **{name: torch.as_tensor(number).clone() for name, number in numbers.items()},
            **{f"policy/{name}": t.contiguous() for name, t in policy.state_dict().items()},
            **{
                f"optimizer/{index}/{name}": tensor
                for index, entry in optimizer.items()
                for name, tensor in entry.items()
            },
        }

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        """Continue from what `state` returned.

        Raises:
            KeyError, RuntimeError: If it is of other networks.
        """
        statistics = self.cells.statistics
        statistics.mean = state["statistics/mean"].numpy()
        statistics.var = state["statistics/var"].numpy()
        statistics.count = float(state["statistics/count"])
        self._ppo.num_timesteps = int(state["steps"])
        self.cells.episode = int(state["episode"])
        self._ppo.policy.load_state_dict(_below(state, "policy"))
        optimizer = self._ppo.policy.optimizer
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _below(state, "optimizer").items():
            index, _, key = name.partition("/")
            moments.setdefault(int(index), {})[key] = tensor
        optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


class _Iterations(BaseCallback):
    """Seeds every iteration by its number and reports each one that is finished."""

    def __init__(self, cells: CellsVecEnv, seed: int, report: Callable[[Outcome], None]) -> None:
        super().__init__()
        self._cells, self._seed, self._report = cells, seed, report
        self._is_first = True

    def _on_rollout_start(self) -> None:
        if not self._is_first:  # the update of the iteration before is done
            self._report(self._cells.outcome)
        self._is_first = False
        sequence = np.random.SeedSequence([self._seed, self._cells.episode])
        set_random_seed(int(sequence.generate_state(1)[0]))

    def _on_training_end(self) -> None:
        self._report(self._cells.outcome)

    def _on_step(self) -> bool:
        return True


def _below(state: dict[str, torch.Tensor], folder: str) -> dict[str, torch.Tensor]:
    start = f"{folder}/"
    return {name.removeprefix(start): t for name, t in state.items() if name.startswith(start)}


def _array(tensor: torch.Tensor) -> Float32:
    array: Float32 = tensor.detach().numpy().copy()
    return array
