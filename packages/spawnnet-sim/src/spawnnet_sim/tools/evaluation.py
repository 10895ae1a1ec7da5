"""How often an expert opens which cabinets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.disturbance import Disturbance
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.factory import blind, create_environment, create_expert
from spawnnet_sim.tools.success_rate import wilson_interval


@dataclass(frozen=True)
class Results:
    """Outcomes of episodes.

    Attributes:
        cabinets: Name of the cabinet of each episode.
        success: `(E,)`, whether it was opened.
    """

    cabinets: tuple[str, ...]
    success: NDArray[np.bool_]

    @property
    def rate(self) -> float:
        """Share of successful episodes."""
        return float(self.success.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson 95 % interval of the rate."""
        return wilson_interval(int(self.success.sum()), len(self.success))

    @property
    def failed_cabinets(self) -> tuple[str, ...]:
        """Names of the cabinets that were not always opened, sorted."""
        return tuple(sorted({self.cabinets[e] for e in np.flatnonzero(~self.success)}))


def evaluate_expert(
    config: EnvironmentConfig,
    *,
    episodes: int,
    seed: int = 0,
    noise: float = 0.0,
    watch: Callable[[], None] | None = None,
) -> Results:
    """Run the configuration's expert, without drawing images.

    Args:
        config: Task, cabinets and times; its cameras are ignored.
        episodes: Number of episodes E; round r starts all environments from the seed `seed + r`.
        seed: Seed of the first round.
        noise: Standard deviation of the errors of every action, see `Disturbance`.
        watch: Called after every control step of all environments.
    """
    environment, expert = create_environment(blind(config)), create_expert(config)
    rounds = math.ceil(episodes / environment.num_envs)
    success = []
    for round_index in range(rounds):
        rng = np.random.default_rng([seed, round_index])
        success.append(_run_episode(environment, expert, seed + round_index, noise, rng, watch))
    environment.close()
    return Results((environment.cabinets * rounds)[:episodes], np.concatenate(success)[:episodes])


def _run_episode(
    environment: CabinetEnv,
    expert: Expert,
    seed: int,
    noise: float,
    rng: np.random.Generator,
    watch: Callable[[], None] | None,
) -> NDArray[np.bool_]:
    _, info = environment.reset(seed=seed)
    disturb = Disturbance(np.full(environment.num_envs, noise), rng)
    for _ in range(environment.episode_steps):
        actions = expert.act(environment.privileged_state())
        _, _, _, _, info = environment.step(disturb(actions))
        if watch is not None:
            watch()
    success: NDArray[np.bool_] = info["success"]
    return success
