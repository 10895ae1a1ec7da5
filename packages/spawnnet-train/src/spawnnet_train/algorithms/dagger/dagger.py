"""DAgger: the student acts, the expert says what it should have done, the student learns it.

References:
    Ross et al., "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
    Learning", 2011. Round 0 is the warm-up of the SpawnNet release, in which the expert acts;
    unlike there, the data of the last round are trained on too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, final

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from spawnnet_sim import CabinetEnv, Expert
from spawnnet_train.algorithms.dagger.mixing import MixingConfig, expert_share
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer, ReplayConfig
from spawnnet_train.config.section import STRICT
from spawnnet_train.learning.learner import Learner, Update
from spawnnet_train.learning.optimization import OptimizerConfig, ScheduleConfig
from spawnnet_train.learning.training_state import load_training_state, save_training_state
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.statistics import Rate, success_rate
from spawnnet_train.student.frames import PROPRIOCEPTION
from spawnnet_train.student.student import Student, StudentActor


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DaggerConfig:
    """How the student is trained."""

    rounds: Annotated[int, Field(ge=0)] = 10
    """Rounds of student rollouts after the warm-up."""
    warmup_episodes: Annotated[int, Field(ge=1)] = 8
    """Episodes of the expert before the first update, rounded up to whole rollouts of all cells."""
    episodes_per_round: Annotated[int, Field(ge=1)] = 8
    """Episodes of each later round, rounded up likewise."""
    updates_per_round: Annotated[int, Field(ge=1)] = 500
    """Updates after the rollouts of each round, the warm-up included."""
    batch_size: Annotated[int, Field(ge=1)] = 24
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    clip_grad_norm: Annotated[float, Field(gt=0)] | None = 0.5
    """Longest gradient over all trained parameters together; null for no limit."""
    mixing: MixingConfig = MixingConfig()
    replay: ReplayConfig = ReplayConfig()
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Decay of a moving average of the weights, which then acts in the student's place."""

    @property
    def total_updates(self) -> int:
        """Updates of the whole run."""
        return (self.rounds + 1) * self.updates_per_round


@final
class Dagger:
    """The two halves of a round, `collect` and `learn`, and what they share: the replay buffer.

    Args:
        config: How to train.
        student: Who is trained.
        actor: The student, acting in the cells of `environment`.
        environment: The training cabinets.
        expert: Labels states.
        seed: Decides episodes and batches.
        standardizes: Whether the warm-up decides how proprioception is standardised.
    """

    def __init__(
        self,
        config: DaggerConfig,
        *,
        student: Student,
        actor: StudentActor,
        environment: CabinetEnv,
        expert: Expert,
        seed: int,
        standardizes: bool = True,
    ) -> None:
        self.config = config
        self.environment = environment
        self._actor = actor
        self._expert = expert
        self._seed = seed
        self._num_rollouts = 0
        self._student = student
        self._standardizes = standardizes
        self._device = student.device
        self.replay = ReplayBuffer(
            config.replay,
            episode_steps=environment.episode_steps,
            num_frames=student.encoder.num_frames,
            action_horizon=student.policy.action_horizon,
        )
        self._batches = torch.Generator().manual_seed(seed)
        self.learner = Learner(
            student,
            optimizer=config.optimizer,
            schedule=config.schedule,
            total_updates=config.total_updates,
            clip_grad_norm=config.clip_grad_norm,
            average_decay=config.ema_decay,
        )

    def num_rollouts(self, round_index: int) -> int:
        """Return how many rollouts of all cells belong to a round."""
        config = self.config
        episodes = config.warmup_episodes if round_index == 0 else config.episodes_per_round
        return math.ceil(episodes / self.environment.num_envs)

    def expert_share(self, round_index: int) -> float:
        """Return the probability that the expert acts in a step of a round."""
        return expert_share(self.config.mixing, round_index)

    def collect(self, round_index: int, advance: Callable[[], None]) -> Rate:
        """Run the rollouts of a round into the replay buffer and return their success rate.

        Args:
            round_index: 0 is the warm-up.
            advance: Called after each time step.
        """
        outcomes: list[bool] = []
        felt: list[Tensor] = []
        for _ in range(self.num_rollouts(round_index)):
            steps = self._rollout(self.expert_share(round_index))
            last = self.replay.add_rollout(_watched(steps, felt, advance))
            outcomes.extend(last.success.tolist())
        if round_index == 0 and self._standardizes:
            self._student.standardization.fit(torch.cat(felt))
        return success_rate(sum(outcomes), len(outcomes))

    def _rollout(self, share: float) -> Iterator[Step]:
        seed = rollout_seed("training", self._seed, self._num_rollouts)
        self._num_rollouts += 1
        return rollout(
            self.environment, self._actor, seed=seed, expert=self._expert, expert_share=share
        )

    def learn(self, advance: Callable[[], None]) -> Iterator[Update]:
        """Do the updates of one round, yielding what each of them did.

        Args:
            advance: Called after each update.
        """
        for _ in range(self.config.updates_per_round):
            batch = self.replay.sample(self.config.batch_size, self._batches)
            yield self.learner.update(batch.to(self._device))
            advance()

    def save(self, path: Path, round_index: int) -> None:
        """Write what `load` needs after the updates of a round; the replay buffer is not in it."""
        position = {"round": round_index, "batches": self._batches.get_state().tolist()}
        save_training_state(path, self._student, self.learner, position)

    def load(self, path: Path) -> int:
        """Take over all but the replay buffer from what `save` wrote; return the round.

        Raises:
            ConfigError: If there is no such file, or it is damaged or of another configuration.
        """
        position = load_training_state(path, self._student, self.learner)
        self._batches.set_state(torch.tensor(position["batches"], dtype=torch.uint8))
        return int(position["round"])


def _watched(
    steps: Iterable[Step], felt: list[Tensor], advance: Callable[[], None]
) -> Iterator[Step]:
    """Pass steps on, keeping what the robot felt of itself in each."""
    for step in steps:
        felt.append(step.frame.observation[PROPRIOCEPTION])
        yield step
        advance()
