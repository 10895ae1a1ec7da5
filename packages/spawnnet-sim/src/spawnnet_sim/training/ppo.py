"""Proximal policy optimisation by Stable-Baselines3; importing this imports torch.

One iteration is one episode in every environment, then the update on all of their steps. Everything
random in an iteration follows from the seed and its number, and no episode spans two of them, so
that a resumed training continues bit for bit.

References:
    Schulman et al., "Proximal Policy Optimization Algorithms", 2017, https://arxiv.org/abs/1707.06347
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import set_random_seed
from torch import nn

from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.learned_expert import Float32
from spawnnet_sim.training.ppo_config import PpoConfig
from spawnnet_sim.training.ppo_envs import Outcome, PrivilegedVecEnv


class Learner:
    """A policy in training.

    Args:
        envs: Environments in which it acts; one episode in each per iteration.
        config: How it learns.
        log: Folder for TensorBoard, or None.
    """

    def __init__(self, envs: CabinetEnv, config: PpoConfig, log: str | None = None) -> None:
        torch.set_num_threads(1)  # networks this small gain nothing from more
        self.envs = PrivilegedVecEnv(envs, config.seed, config.reward_scale)
        self._seed = config.seed
        self._ppo = PPO(
            "MlpPolicy",
            self.envs,
            learning_rate=config.learning_rate,
            n_steps=envs.episode_steps,
            batch_size=envs.num_envs * envs.episode_steps // config.batches,
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
        """Control steps so far, all environments together."""
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
        callback = _Iterations(self.envs, self._seed, after_iteration)
        self._ppo.learn(steps - self.steps, callback, reset_num_timesteps=False, tb_log_name="ppo")

    def actor(self) -> tuple[tuple[Float32, Float32], ...]:
        """Return weights and biases of the layers from observation to mean action."""
        policy = self._ppo.policy
        modules = chain(policy.mlp_extractor.policy_net, [policy.action_net])
        layers = [module for module in modules if isinstance(module, nn.Linear)]
        return tuple((_array(layer.weight), _array(layer.bias)) for layer in layers)

    def state(self) -> dict[str, torch.Tensor]:
        """Return everything that decides how the training goes on."""
        statistics = self.envs.statistics
        policy, optimizer = self._ppo.policy, self._ppo.policy.optimizer.state_dict()["state"]
        numbers = {
            "steps": self.steps,
            "episode": self.envs.episode,
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
        statistics = self.envs.statistics
        statistics.mean = state["statistics/mean"].numpy()
        statistics.var = state["statistics/var"].numpy()
        statistics.count = float(state["statistics/count"])
        self._ppo.num_timesteps = int(state["steps"])
        self.envs.episode = int(state["episode"])
        self._ppo.policy.load_state_dict(_below(state, "policy"))
        optimizer = self._ppo.policy.optimizer
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _below(state, "optimizer").items():
            index, _, key = name.partition("/")
            moments.setdefault(int(index), {})[key] = tensor
        optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


class _Iterations(BaseCallback):
    """Seeds every iteration by its number and reports each one that is finished."""

    def __init__(
        self, envs: PrivilegedVecEnv, seed: int, report: Callable[[Outcome], None]
    ) -> None:
        super().__init__()
        self._envs, self._seed, self._report = envs, seed, report
        self._is_first = True

    def _on_rollout_start(self) -> None:
        if not self._is_first:  # the update of the iteration before is done
            self._report(self._envs.outcome)
        self._is_first = False
        sequence = np.random.SeedSequence([self._seed, self._envs.episode])
        set_random_seed(int(sequence.generate_state(1)[0]))

    def _on_training_end(self) -> None:
        self._report(self._envs.outcome)

    def _on_step(self) -> bool:
        return True


def _below(state: dict[str, torch.Tensor], folder: str) -> dict[str, torch.Tensor]:
    start = f"{folder}/"
    return {name.removeprefix(start): t for name, t in state.items() if name.startswith(start)}


def _array(tensor: torch.Tensor) -> Float32:
    array: Float32 = tensor.detach().numpy().copy()
    return array
