"""DAgger: the student acts, the expert says what it should have done, the student learns it.

References:
    Ross et al., "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
    Learning", 2011. Round 0 is the warm-up of the SpawnNet release, in which the expert acts;
    unlike there, the data of the last round are trained on too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, Self, final

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_data import FieldStatistics, SamplingConfig
from spawnnet_sim import DisturbanceConfig, DisturbedExpert, cabinet_order
from spawnnet_train.algorithms.algorithm import (
    Algorithm,
    LabelledEpisode,
    PeriodReport,
    RunSettings,
    Sight,
)
from spawnnet_train.algorithms.dagger.augmentation import BatchAugmentation
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.labelled import expert_episodes
from spawnnet_train.algorithms.dagger.mixing import expert_share
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer
from spawnnet_train.config.errors import SettingError
from spawnnet_train.record.console import Console
from spawnnet_train.record.reporter import Reporter
from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.simulation import (
    SimulationConfig,
    open_environment,
    open_expert,
)
from spawnnet_train.rollouts.success_rate import Rate, success_rate
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import PROPRIOCEPTION
from spawnnet_train.student.spec import StudentSpec, spec_of_environment
from spawnnet_train.student.student import Student


@final
class Dagger(Algorithm[DaggerConfig]):
    """Rounds of rollouts into a replay buffer, each followed by updates on all of it.

    Args:
        config: How much of what.
        run: The rest of the configuration.
        environment: The training cabinets.
        expert: Labels states.
        spec: What the student sees and does there.
    """

    period = "round"
    first_number = 0
    keeps_students = True

    def __init__(
        self,
        config: DaggerConfig,
        run: RunSettings,
        *,
        environment: LabelledEnvironment,
        expert: Expert,
        spec: StudentSpec,
    ) -> None:
        self._config, self._run = config, run
        self._environment, self._expert = environment, expert
        self.spec = spec
        self.num_periods = config.rounds + 1
        sampling = SamplingConfig(run.student.stack_idx, run.student.action_horizon)
        self._replay = ReplayBuffer(config.replay, environment.episode_steps, sampling)
        self._draws = torch.Generator().manual_seed(run.seed)
        disturbance = config.disturbance
        self._acting_expert = (
            None
            if disturbance == DisturbanceConfig()
            else DisturbedExpert(expert, disturbance, environment.num_envs)
        )
        self._num_rollouts = 0
        self._rate: Rate | None = None

    @classmethod
    def open(cls, config: DaggerConfig, run: RunSettings) -> Self:
        """Open the simulation; see `Algorithm.open`."""
        simulation = _simulation(run)
        expert, environment = open_expert(simulation), open_environment(simulation, Console())
        spec = spec_of_environment(environment, simulation.cameras.views)
        return cls(config, run, environment=environment, expert=expert, spec=spec)

    @classmethod
    def sight(cls, config: DaggerConfig, run: RunSettings) -> Sight:
        """Return the simulation's cameras."""
        del config
        simulation = _simulation(run)
        return Sight(simulation.cameras.views, simulation.cameras.image_size, "simulation.cameras")

    @classmethod
    def check(cls, config: DaggerConfig, run: RunSettings) -> None:
        """Check the simulation against the student; see `Algorithm.check`."""
        simulation, horizon = _simulation(run), run.student.action_horizon
        every = config.replay.keep_every
        if any((max(run.student.stack_idx) - offset) % every for offset in run.student.stack_idx):
            raise SettingError(
                "student.stack_idx",
                f"must be multiples of `algorithm.replay.keep_every` apart, {every}, "
                f"got {list(run.student.stack_idx)}.",
            )
        if not simulation.cameras.views:
            raise SettingError(
                "simulation.cameras.views", "a student needs at least one camera, got none."
            )
        if horizon > simulation.episode_steps:
            raise SettingError(
                "student.action_horizon",
                f"must be at most `simulation.episode_steps`, "
                f"got {horizon} and {simulation.episode_steps}.",
            )
        if run.student.normalization.actions != "none":
            raise SettingError(
                "student.normalization.actions",
                "must be none with dagger, whose actions are limited by the robot.",
            )

    def set_up(self, student: Student) -> None:
        """Let the student act in the environments."""
        self._student = student
        self._augment = BatchAugmentation(self._run, student)
        self._actor = StudentActor(student, self._run.student, self._environment.num_envs)

    def num_updates(self, period: int) -> int:
        """Return the updates of a round, which may be others after the warm-up."""
        config = self._config
        return (
            config.updates_per_round
            if period
            else config.warmup_updates or config.updates_per_round
        )

    def begin(self, period: int, reporter: Reporter) -> None:
        """Run the rollouts of a round."""
        self._rate = self._collect(period, reporter, "rollouts")

    def _collect(self, round_index: int, reporter: Reporter, what: str) -> Rate:
        """Run the rollouts of a round into the replay buffer and return their success rate."""
        config, environment = self._config, self._environment
        episodes = config.episodes_per_round if round_index else config.warmup_episodes
        num_rollouts = math.ceil(episodes / environment.num_envs)
        outcomes: list[bool] = []
        states: list[NDArray[Any]] = []
        total = num_rollouts * environment.episode_steps
        with reporter.progress(f"round {round_index}: {what}", total) as advance:
            for _ in range(num_rollouts):
                steps = self._rollout(expert_share(config.mixing, round_index))
                last = self._replay.add_rollout(_watched(steps, states, advance))
                outcomes.extend(last.success.tolist())
        if round_index == 0:
            self._fit(np.concatenate(states))
        return success_rate(sum(outcomes), len(outcomes))

    def _fit(self, states: NDArray[Any]) -> None:
        """Let the warm-up decide how proprioception `(M, S)` is normalised."""
        statistics = FieldStatistics.of(states)
        self.spec = replace(self.spec, proprioception=statistics)
        if self._run.student.proprioception:
            mode = self._run.student.normalization.proprioception
            self._student.proprioception.fit(statistics, mode)

    def _rollout(self, share: float) -> Iterator[Step]:
        number, seed = self._num_rollouts, self._run.seed
        self._num_rollouts += 1
        environment, count = self._environment, _simulation(self._run).cabinets.count
        if count > environment.num_envs:
            cabinets = cabinet_order(count, environment.num_envs, round_index=number, seed=seed)
            environment.set_cabinets(cabinets)
        return rollout(
            environment,
            self._actor,
            seed=rollout_seed("training", seed, number),
            expert=self._expert,
            acting_expert=self._acting_expert,
            expert_share=share,
            look_every=self._config.replay.keep_every,
        )

    def batches(self, period: int, first: int) -> Iterator[Batch]:
        """Draw batches from all rounds so far."""
        for number in range(first, self.num_updates(period)):
            batch = self._replay.sample(self._run.train.batch_size, self._draws)
            yield self._augment(batch.to(self._student.device), period, number)

    def end(self, period: int, loss: float, reporter: Reporter) -> PeriodReport:
        """Return what the rollouts came to."""
        del loss, reporter
        share, steps = expert_share(self._config.mixing, period), len(self._replay)
        metrics = {"rollout/expert_share": share, "rollout/replay_steps": float(steps)}
        cells = {"beta": f"{share:.0%}", "rollouts": "", "steps": str(steps)}
        if self._rate is not None:
            metrics["rollout/success"] = self._rate.rate
            cells["rollouts"] = f"{self._rate.successes}/{self._rate.episodes}"
        return PeriodReport(metrics, cells=cells)

    def state(self) -> dict[str, Any]:
        """Return the place in the order of batches."""
        return {"draws": self._draws.get_state().tolist()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on in the order of batches."""
        self._draws.set_state(torch.tensor(state["draws"], dtype=torch.uint8))

    def rebuild(
        self, periods: int, load_student: Callable[[int], None], reporter: Reporter
    ) -> None:
        """Fill the replay buffer again: rollouts follow from seeds and weights."""
        for round_index in range(periods):
            if round_index:
                load_student(round_index - 1)
            self._rate = self._collect(round_index, reporter, "again")

    def labelled_episodes(self, limit: int | None) -> Iterator[LabelledEpisode]:
        """Let the expert show what it does in the cabinets of every split."""
        simulation = _simulation(self._run)
        for split, config in simulation.splits().items():
            with closing(open_environment(config)) as environment:
                yield from expert_episodes(split, environment, self._expert, limit)

    def num_labelled_episodes(self, limit: int | None) -> int:
        """Return one for each environment of every split."""
        simulation = _simulation(self._run)
        sizes = [split.env_count for split in simulation.splits().values()]
        return sum(min(size, limit or size) for size in sizes)

    def close(self) -> None:
        """Close the environments."""
        self._environment.close()


def _simulation(run: RunSettings) -> SimulationConfig:
    if run.simulation is None:
        raise SettingError("simulation", "is required by dagger, such as {task: open_drawer}.")
    return run.simulation


def _watched(
    steps: Iterable[Step], states: list[NDArray[Any]], advance: Callable[[], None]
) -> Iterator[Step]:
    """Pass steps on, keeping the robot's own state `(N, S)` of each."""
    for step in steps:
        if step.frame is not None:
            states.append(step.frame.observation[PROPRIOCEPTION].cpu().numpy())
        yield step
        advance()
