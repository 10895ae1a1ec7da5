"""Rollouts of a run in the training cabinets, or in those that one of several processes has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from spawnnet_jobs.together.ranks import Share, size
from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.checks import simulation_of
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.mixing import expert_share
from spawnnet_train.algorithms.dagger.warmup_store import open_store
from spawnnet_train.config.errors import SettingError
from spawnnet_train.config.simulator import (
    DisturbanceConfig,
    DisturbedExpert,
    cabinet_order,
)
from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.student import Student


def shared_simulation(simulation: SimulationConfig) -> tuple[SimulationConfig, Share]:
    """Return the environments that this process simulates, and which of all they are.

    Raises:
        SettingError: If there are fewer than processes.
    """
    share = Share.of_this_process(simulation.env_count)
    if share.is_whole:
        return simulation, share
    if share.total < size():
        message = f"must be at least {size()}, the number of processes, got {share.total}."
        raise SettingError("simulation.num_envs", message)
    engine = simulation.engine
    if engine.worker_count:
        own = max(1, engine.worker_count * share.size // share.total)
        engine = engine.with_workers(own)
    return replace(simulation, num_envs=share.size, engine=engine), share


@final
class Collection:
    """Rolls out student and expert, one rollout after another.

    Args:
        config: How much of what.
        run: The rest of the configuration.
        environment: The training cabinets.
        expert: Labels states.
        share: Which environments of all processes these are.

    Attributes:
        num_rollouts: How many there have been; seeds and cabinets of the next follow from it.
    """

    def __init__(
        self,
        config: DaggerConfig,
        run: RunSettings,
        environment: LabelledEnvironment,
        expert: Expert,
        share: Share,
    ) -> None:
        self._config, self._run = config, run
        self._environment, self._expert, self._share = environment, expert, share
        disturbance = config.disturbance
        self._acting_expert = (
            None
            if disturbance == DisturbanceConfig()
            else DisturbedExpert(expert, disturbance, environment.num_envs)
        )
        self.num_rollouts = 0

    def set_up(self, student: Student) -> None:
        """Let the student act in the environments."""
        num_envs, slices = self._environment.num_envs, self._run.train.inference_batch
        self._actor = StudentActor(student, self._run.student, num_envs, slices)
        self._store = open_store(self._config, self._run, student, self._share)

    def next_rollout(self, round_index: int) -> Iterator[Step]:
        """Return the steps of the next rollout, from disk where the warm-up is kept."""
        number, share = self.num_rollouts, expert_share(self._config.mixing, round_index)
        self.num_rollouts += 1
        if self._store is None or round_index:
            return self._rollout(number, share)
        return self._store.rollout(number, lambda: self._rollout(number, share))

    def _rollout(self, number: int, share: float) -> Iterator[Step]:
        seed = self._run.seed
        self._place_cabinets(number)
        return rollout(
            self._environment,
            self._actor,
            seed=rollout_seed("training", seed, number),
            expert=self._expert,
            acting_expert=self._acting_expert,
            expert_share=share,
            look_every=self._config.replay.keep_every,
            environments=self._share,
        )

    def _place_cabinets(self, number: int) -> None:
        """Put the cabinets of a rollout into the environments."""
        count, share, seed = simulation_of(self._run).cabinets.count, self._share, self._run.seed
        cabinets = [env % count for env in range(share.total)]
        if count > share.total:
            cabinets = cabinet_order(count, share.total, round_index=number, seed=seed)
        self._environment.set_cabinets(cabinets[share.slice])
