"""How often an expert opens which cabinets."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.disturbance import DisturbanceConfig, DisturbedExpert
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
        noise: Standard deviation of the errors of every number of an action, in every episode.
        watch: Called for every cabinet that is loaded at first, and after every control step.
    """
    disturbance, N = DisturbanceConfig(action_noise=noise), config.env_count
    expert = DisturbedExpert(create_expert(config), disturbance, N, is_exact=True)
    rounds = math.ceil(episodes / N)
    with closing(create_environment(blind(config), watch=watch)) as environment:
        success = [
            _run_episode(environment, expert, seed + round_index, watch)
            for round_index in range(rounds)
        ]
    return Results((environment.cabinets * rounds)[:episodes], np.concatenate(success)[:episodes])


def _run_episode(
    environment: CabinetEnv,
    expert: DisturbedExpert,
    seed: int,
    watch: Callable[[], None] | None,
) -> NDArray[np.bool_]:
    _, info = environment.reset(seed=seed)
    expert.reset(seed)
    for _ in range(environment.episode_steps):
        _, _, _, _, info = environment.step(expert.act(environment.privileged_state()))
        if watch is not None:
            watch()
    success: NDArray[np.bool_] = info["success"]
    return success
