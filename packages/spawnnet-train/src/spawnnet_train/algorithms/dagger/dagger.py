"""DAgger: the student acts, the expert says what it should have done, the student learns it.

References:
    Ross et al., "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
    Learning", 2011. Round 0 is the warm-up of the SpawnNet release, in which the expert acts;
    unlike there, the data of the last round are trained on too.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self, final

import torch
from pydantic import TypeAdapter
from torch import Tensor

from spawnnet_data import FieldStatistics, SamplingConfig
from spawnnet_jobs.terminal.reporter import Reporter
from spawnnet_jobs.together.collectives import any_process, total
from spawnnet_jobs.together.output import process_console
from spawnnet_jobs.together.ranks import Share, is_first, rank, size
from spawnnet_record.success_rate import Rate, success_rate
from spawnnet_train.algorithms.algorithm import (
    Algorithm,
    LabelledEpisode,
    PeriodReport,
    RunSettings,
    Sight,
)
from spawnnet_train.algorithms.dagger.augmentation import BatchAugmentation
from spawnnet_train.algorithms.dagger.checks import check_dagger, simulation_of
from spawnnet_train.algorithms.dagger.collection import Collection, shared_simulation
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.labelled import episodes_of_splits
from spawnnet_train.algorithms.dagger.mixing import expert_share
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer, with_features
from spawnnet_train.algorithms.dagger.requirements import num_episodes, replay_parts
from spawnnet_train.algorithms.dagger.shared_replay import SharedReplay
from spawnnet_train.algorithms.dagger.watching import Watched
from spawnnet_train.algorithms.storage import Part
from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.rollouts.simulation import open_environment, open_expert
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.cost import frozen_bytes
from spawnnet_train.student.spec import StudentSpec, spec_of_environment
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import MeanErrors

_STATISTICS: TypeAdapter[FieldStatistics | None] = TypeAdapter(FieldStatistics | None)


@final
class Dagger(Algorithm[DaggerConfig]):
    """Rounds of rollouts into a replay buffer, each followed by updates on all of it.

    Args:
        config: How much of what.
        run: The rest of the configuration.
        environment: The training cabinets.
        expert: Labels states.
        spec: What the student sees and does there.
        share: Which environments these are of those of all processes; by default all.
    """

    period = "round"
    first_number = 0
    asks_expert = True
    keep_every = 1  # a run that goes on lets the students of earlier rounds act again

    def __init__(
        self,
        config: DaggerConfig,
        run: RunSettings,
        *,
        environment: LabelledEnvironment,
        expert: Expert,
        spec: StudentSpec,
        share: Share | None = None,
    ) -> None:
        self._config, self._run = config, run
        self._environment, self._expert = environment, expert
        self.spec = spec
        self._share = share or Share.whole(environment.num_envs)
        self._collection = Collection(config, run, environment, expert, self._share)
        self._shared = SharedReplay(self._share, num_episodes(config, self._share.total))
        self.num_periods = config.rounds + 1
        self._folder: Path | None = None
        self._is_kept = False
        self._draws = torch.Generator().manual_seed(run.seed)
        self._rate: Rate | None = None

    @classmethod
    def open(cls, config: DaggerConfig, run: RunSettings) -> Self:
        """Open the simulation; see `Algorithm.open`."""
        simulation, share = shared_simulation(simulation_of(run))
        expert = open_expert(simulation)
        environment = open_environment(simulation, process_console())
        spec = spec_of_environment(environment, simulation.cameras.views)
        return cls(config, run, environment=environment, expert=expert, spec=spec, share=share)

    @classmethod
    def sight(cls, config: DaggerConfig, run: RunSettings) -> Sight:
        """Return the simulation's cameras."""
        del config
        simulation = simulation_of(run)
        return Sight(simulation.cameras.views, simulation.cameras.image_size, "simulation.cameras")

    @classmethod
    def check(cls, config: DaggerConfig, run: RunSettings) -> None:
        """Check the simulation against the student; see `Algorithm.check`."""
        check_dagger(config, simulation_of(run), run.student)

    def storage(self, student: Student) -> list[Part]:
        """Return the sizes of images, depth and features; see `Algorithm.storage`."""
        # Augmented images pass the backbone in every update.
        is_changed = self._run.train.augmentation is not None
        row_bytes = 0 if is_changed else frozen_bytes(student, self._run.student.frozen_format)
        num_kept = self._shared.own_capacity
        return replay_parts(self._config, self._environment, self.spec, row_bytes, num_kept)

    def keep_in(self, folder: Path, config: DaggerConfig) -> None:
        """Take a folder for the replay buffer; see `Algorithm.keep_in`."""
        own = folder if size() == 1 else folder / f"rank{rank()}_of_{size()}"
        self._folder, self._config = own, config

    def set_up(self, student: Student) -> None:
        """Let the student act in the environments."""
        environment, see = self._environment, self._run.student
        self._student = student
        self._augment = BatchAugmentation(self._run, student)
        self._collection.set_up(student)
        sampling = SamplingConfig(see.stack_idx, see.action_horizon)
        replay = replace(self._config.replay, capacity_episodes=self._shared.own_capacity)
        self._replay = ReplayBuffer(
            replay, environment.episode_steps, sampling, self._folder, see.target_names
        )
        self._errors = MeanErrors()

    def num_updates(self, period: int) -> int:
        """Return the updates of a round, which may be others after the warm-up."""
        warmup = None if period else self._config.warmup_updates
        return warmup or self._config.updates_per_round

    def begin(self, period: int, reporter: Reporter) -> None:
        """Run the rollouts of a round."""
        self._rate = self._collect(period, reporter, "rollouts")

    def _collect(self, round_index: int, reporter: Reporter, what: str) -> Rate:
        """Run the rollouts of a round into the replay buffer and return their success rate."""
        config = self._config
        episodes = config.episodes_per_round if round_index else config.warmup_episodes
        num_rollouts = math.ceil(episodes / self._share.total)
        outcomes, seen = [], Watched([], [])
        steps = num_rollouts * self._environment.episode_steps
        with reporter.progress(f"round {round_index}: {what}", steps) as advance:
            for _ in range(num_rollouts):
                rollout = self._collection.next_rollout(round_index)
                last = self._replay.add_rollout(seen.watch(rollout, advance))
                outcomes.extend(last.success.tolist())
        if round_index == 0:
            statistics = seen.of_all_processes().fit(self._student, self._run.student)
            self.spec = replace(self.spec, proprioception=statistics)
        counts = total(torch.tensor([sum(outcomes), len(outcomes)])).tolist()
        return success_rate(*counts)

    def batches(self, period: int, first: int) -> Iterator[Batch]:
        """Draw batches from all rounds so far."""
        to, batch_size = self._run.student.frozen_format, self._run.train.batch_size
        for number in range(first, self.num_updates(period)):
            batch, places = self._shared.sample(
                self._replay, batch_size, self._collection.num_rollouts, self._draws
            )
            samples = number * batch_size + places
            batch = self._augment(batch.to(self._student.device), period, samples)
            yield batch if batch.stack.frozen else with_features(batch, self._student.encoder, to)

    def watch(self, batch: Batch, features: Tensor) -> None:
        """Count the errors of privileged targets before the update."""
        heads = self._student.targets
        if heads is not None and batch.targets is not None and batch.mask.any():
            self._errors.add(heads.errors(features, batch.targets))

    def end(self, period: int, loss: float, reporter: Reporter) -> PeriodReport:
        """Return what the rollouts came to."""
        del loss, reporter
        share = expert_share(self._config.mixing, period)
        episodes = self._shared.num_episodes(self._collection.num_rollouts)
        steps = episodes * self._replay.kept_steps
        metrics = {"rollout/expert_share": share, "rollout/replay_steps": float(steps)}
        cells = {"expert": f"{share:.0%}", "rollouts": "", "steps": str(steps)}
        if self._rate is not None:
            metrics["rollout/success"] = self._rate.rate
            cells["rollouts"] = f"{self._rate.successes}/{self._rate.episodes}"
        errors = self._errors.of_all_processes()
        metrics |= {f"train/{name}": mean for name, mean in errors.means().items()}
        self._errors = MeanErrors()
        return PeriodReport(metrics, cells=cells)

    def state(self) -> dict[str, Any]:
        """Return the place in the order of batches, and what the last rollouts left."""
        statistics = self.spec.proprioception
        return {
            "draws": self._draws.get_state().tolist(),
            "num_rollouts": self._collection.num_rollouts,
            "rate": self._rate,
            "errors": self._errors.of_all_processes().state(),
            "proprioception": None if statistics is None else asdict(statistics),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on in the order of batches, with the replay buffer where it lies on disk."""
        self._draws.set_state(torch.tensor(state["draws"], dtype=torch.uint8))
        if is_first():  # for all of them
            self._errors.load_state(state["errors"])
        if self._is_kept:
            self._collection.num_rollouts = state["num_rollouts"]
            self._rate = state["rate"] and Rate(*state["rate"])
            self._replay.go_on(self._collection.num_rollouts * self._environment.num_envs)
            statistics = _STATISTICS.validate_python(state["proprioception"])
            self.spec = replace(self.spec, proprioception=statistics)

    def rebuild(
        self, periods: int, load_student: Callable[[int], None], reporter: Reporter
    ) -> None:
        """Fill the replay buffer again unless it is on disk; seeds and weights decide rollouts."""
        is_kept = self._config.replay.outlives_the_process and self._replay.has_files
        self._is_kept = not any_process(not is_kept)
        if self._is_kept:
            return
        for round_index in range(periods):
            if round_index:
                load_student(round_index - 1)
            self._rate = self._collect(round_index, reporter, "again")

    def labelled_episodes(self, limit: int | None) -> Iterator[LabelledEpisode]:
        """Let the expert show what it does in the cabinets of every split."""
        return episodes_of_splits(simulation_of(self._run).splits(), self._expert, limit)

    def num_labelled_episodes(self, limit: int | None) -> int:
        """Return one for each environment of every split."""
        sizes = [split.env_count for split in simulation_of(self._run).splits().values()]
        return sum(min(size, limit or size) for size in sizes)

    def finish(self) -> None:
        """Delete the files of the replay buffer, unless they are to stay."""
        if self._folder is not None and not self._config.replay.keep_files:
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Close the environments."""
        self._environment.close()
