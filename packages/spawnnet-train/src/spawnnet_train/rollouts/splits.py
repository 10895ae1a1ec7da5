"""Evaluate a student on the cabinets that it was trained on and on those that it was not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Protocol, final

from spawnnet_sim import EnvironmentConfig
from spawnnet_train.record.console import Console
from spawnnet_train.record.reporter import Reporter
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.rollouts.environment import LabelledEnvironment
from spawnnet_train.rollouts.evaluation import (
    Episode,
    EvaluationConfig,
    SummaryRow,
    evaluate,
    summarize,
)
from spawnnet_train.rollouts.recording import RolloutRecorder
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.rollouts.simulation import (
    HELD_OUT,
    NEW,
    TRAIN,
    SimulationConfig,
    open_environment,
)
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.student import Student

_MANY = 40  # rows of a table on the screen


class EvaluationSettings(Protocol):
    """What of a run's configuration decides an evaluation."""

    @property
    def evaluation(self) -> EvaluationConfig:
        """How many episodes, and on which seeds."""

    @property
    def simulation(self) -> SimulationConfig | None:
        """Where; None for nowhere."""

    @property
    def student(self) -> StudentConfig:
        """How the student acts."""


@final
class Evaluator:
    """Measures a student alone, on every split.

    Args:
        config: How and where.
        run: Gets videos and attention pictures.
        reporter: Shows progress.
    """

    def __init__(self, config: EvaluationSettings, run: RunDirectory, reporter: Reporter) -> None:
        self._config = config
        self._run = run
        self._reporter = reporter

    def evaluate(self, student: Student, name: str, *, is_blind: bool = False) -> list[Episode]:
        """Return the outcomes of all episodes, split by split.

        Args:
            student: With the weights to evaluate.
            name: What videos and pictures are called; the split's name is added.
            is_blind: Whether the student sees black images.
        """
        outcomes: list[Episode] = []
        for split, simulation, episodes in self._splits():
            with closing(open_environment(simulation)) as environment:
                cabinets = simulation.cabinets.count
                watched = _Watched(self._config, environment, cabinets, episodes)
                outcomes += watched.run(student, split, self._reporter, is_blind=is_blind)
                watched.recorder.write(
                    self._run.videos / f"{name}_{split}.mp4",
                    self._run.attention / f"{name}_{split}.png",
                )
        return outcomes

    def _splits(self) -> Iterator[tuple[str, EnvironmentConfig, int]]:
        simulation, settings = self._config.simulation, self._config.evaluation
        if simulation is None:
            return
        counts = {
            TRAIN: settings.episodes,
            NEW: settings.new_episodes,
            HELD_OUT: settings.held_out_episodes,
        }
        for split, environment in simulation.splits().items():
            if split in settings.splits and counts[split]:
                measured = settings.randomization or environment.randomization
                yield split, replace(environment, randomization=measured), counts[split]


@final
class _Watched:
    """The episodes of one split, with a recorder that looks on."""

    def __init__(
        self,
        config: EvaluationSettings,
        environment: LabelledEnvironment,
        num_cabinets: int,
        episodes: int,
    ) -> None:
        self._config = config
        self._num_cabinets = num_cabinets
        self._environment = environment
        self._episodes = episodes
        self.recorder = RolloutRecorder(
            max_envs=config.evaluation.video_envs,
            frames_per_second=1 / environment.control_timestep,
            attention_step=environment.episode_steps // 3,
        )

    def run(
        self, student: Student, split: str, reporter: Reporter, *, is_blind: bool
    ) -> list[Episode]:
        """Return the outcomes of the student in this split."""
        environment = self._environment
        rollouts = math.ceil(self._episodes / environment.num_envs)
        steps = rollouts * environment.episode_steps
        with reporter.progress(f"evaluate {split}", steps) as advance:

            def watch(rollout_index: int, step: Step) -> None:
                self.recorder.watch(rollout_index, step)
                advance()

            outcomes = evaluate(
                environment,
                StudentActor(student, self._config.student, environment.num_envs),
                split=split,
                num_cabinets=self._num_cabinets,
                episodes=self._episodes,
                seed=self._config.evaluation.seed,
                is_blind=is_blind,
                watch=watch,
            )
            return list(outcomes)


def show_results(
    console: Console, episodes: Sequence[Episode], title: str = "Student alone"
) -> None:
    """Show the success rates of every split and cabinet."""
    columns = ("cabinets", "success", "rate", "95 % interval", "grasped", "closest")
    rows = summarize(episodes)
    is_long = len(rows) > _MANY  # then the table has whole splits alone
    shown = (row for row in rows if row.cabinet == "all" or not is_long)
    console.table(title, columns, map(_cells, shown))


def _cells(row: SummaryRow) -> tuple[str, ...]:
    rate = row.rate
    return (
        f"[bold]{row.split}[/bold]" if row.cabinet == "all" else f"  {row.cabinet}",
        f"{rate.successes}/{rate.episodes}",
        f"{rate.rate:.0%}",
        f"{rate.low:.0%} to {rate.high:.0%}",
        f"{row.grasped:.0%}",
        f"{100 * row.closest:.1f} cm",
    )
