"""Evaluate a student on the cabinets that it was trained on and on those that it was not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple, Protocol, final

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.terminal.reporter import Reporter
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.config.simulator import EnvironmentConfig, open_mp4
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.rollouts.environment import LabelledEnvironment
from spawnnet_train.rollouts.evaluation import (
    Episode,
    EvaluationConfig,
    SummaryRow,
    evaluate,
    summarize,
)
from spawnnet_train.rollouts.recording import RolloutRecorder, Scene
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

    @property
    def train(self) -> LearningConfig:
        """How many environments it acts in at once."""


class _Split(NamedTuple):
    """What is measured on one split: its environments, and how many episodes in them."""

    name: str
    environment: LabelledEnvironment
    num_cabinets: int
    episodes: int


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

    def evaluate(
        self, student: Student, name: str, *, seed: int | None = None, is_blind: bool = False
    ) -> list[Episode]:
        """Return the outcomes of all episodes, split by split.

        Args:
            student: With the weights to evaluate.
            name: What videos and pictures are called; the split's name is added.
            seed: Of the episodes; None for the one that results are reported of.
            is_blind: Whether the student sees black images.
        """
        outcomes: list[Episode] = []
        for split, simulation, episodes in measured_splits(self._config):
            video = self._run.videos / f"{name}_{split}.mp4"
            with closing(open_environment(simulation)) as environment:
                rate = 1 / environment.control_timestep
                cameras = simulation.cameras.views
                scene = Scene(name, split, cameras, rate, environment.episode_steps, is_blind)
                measured = _Split(split, environment, simulation.cabinets.count, episodes)
                with open_mp4(video, rate) as film:
                    recorder = RolloutRecorder(
                        film,
                        video,
                        self._run.attention / f"{video.stem}.png",
                        scene,
                        max_envs=self._config.evaluation.video_envs,
                    )
                    outcomes += self._measure(student, measured, recorder, seed, is_blind=is_blind)
        return outcomes

    def _measure(
        self,
        student: Student,
        split: _Split,
        recorder: RolloutRecorder,
        seed: int | None,
        *,
        is_blind: bool,
    ) -> list[Episode]:
        """Return the outcomes of the student in one split, on which the recorder looks."""
        environment = split.environment
        rollouts = math.ceil(split.episodes / environment.num_envs)
        steps = rollouts * environment.episode_steps
        with self._reporter.progress(f"evaluate {split.name}", steps) as advance:

            def watch(rollout_index: int, step: Step) -> None:
                recorder.watch(rollout_index, step, environment.cabinets)
                advance()

            outcomes = evaluate(
                environment,
                StudentActor(
                    student,
                    self._config.student,
                    environment.num_envs,
                    inference_batch=self._config.train.inference_batch,
                ),
                split=split.name,
                num_cabinets=split.num_cabinets,
                episodes=split.episodes,
                seed=self._config.evaluation.seed if seed is None else seed,
                is_blind=is_blind,
                watch=watch,
            )
            return list(outcomes)


def measured_splits(config: EvaluationSettings) -> Iterator[tuple[str, EnvironmentConfig, int]]:
    """Yield what students are measured on: splits, their simulation, and how many episodes."""
    simulation, settings = config.simulation, config.evaluation
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


def show_results(
    console: Console, episodes: Sequence[Episode], title: str = "Student alone"
) -> None:
    """Show the success rates of every split and cabinet."""
    columns = ("cabinets", "success", "rate", "95 % interval", "grasped", "closest")
    rows = summarize(episodes)
    errors = tuple(rows[0].target_errors) if rows else ()
    is_long = len(rows) > _MANY  # then the table has whole splits alone
    shown = (row for row in rows if row.cabinet == "all" or not is_long)
    kind = f", privileged: {rows[0].privileged}" if errors else ""
    console.table(f"{title}{kind}", (*columns, *map(_title, errors)), map(_cells, shown))


def _title(error: str) -> str:
    return error.replace("_error", "").replace("_", " ")


def _cells(row: SummaryRow) -> tuple[str, ...]:
    rate = row.rate
    return (
        f"[bold]{row.split}[/bold]" if row.cabinet == "all" else f"  {row.cabinet}",
        f"{rate.successes}/{rate.episodes}",
        f"{rate.rate:.0%}",
        f"{rate.low:.0%} to {rate.high:.0%}",
        f"{row.grasped:.0%}",
        f"{100 * row.closest:.1f} cm",
        *(f"{error:.1f}" for error in row.target_errors.values()),
    )
