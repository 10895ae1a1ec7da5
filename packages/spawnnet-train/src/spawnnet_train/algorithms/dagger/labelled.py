"""Episodes of the expert in simulation, as something to compare predictions with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

import numpy as np

from spawnnet_train.algorithms.algorithm import LabelledEpisode
from spawnnet_train.config.simulator import EnvironmentConfig
from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.simulation import open_environment


def expert_episodes(
    split: str, environment: LabelledEnvironment, expert: Expert, limit: int | None
) -> Iterator[LabelledEpisode]:
    """Yield one episode of the expert for each environment, at most `limit`.

    They begin as the first ones of an evaluation with seed 0 do, so none was trained on.
    """
    observations, actions = [], []
    num = min(environment.num_envs, limit or environment.num_envs)
    observation, _ = environment.reset(seed=rollout_seed("evaluation", 0, 0))
    for _ in range(environment.episode_steps):
        action = expert.act(environment.privileged_state())
        observations.append({name: array[:num].copy() for name, array in observation.items()})
        actions.append(action[:num].copy())
        observation, *_ = environment.step(action)
    stacked = {
        name: np.stack([one[name] for one in observations], axis=1)  # (N, L, ...)
        for name in observations[0]
    }
    for env in range(num):
        yield LabelledEpisode(
            split,
            environment.cabinets[env].replace("/", "_"),
            {name: array[env] for name, array in stacked.items()},
            np.stack([action[env] for action in actions]),
        )


def episodes_of_splits(
    splits: Mapping[str, EnvironmentConfig], expert: Expert, limit: int | None
) -> Iterator[LabelledEpisode]:
    """Yield what `expert_episodes` yields for the simulation of every split."""
    for split, config in splits.items():
        with closing(open_environment(config)) as environment:
            yield from expert_episodes(split, environment, expert, limit)
