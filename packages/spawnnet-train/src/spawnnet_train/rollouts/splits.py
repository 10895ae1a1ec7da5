"""Evaluate a student on the training cabinets and on the held-out ones."""

from __future__ import annotations

import math
from contextlib import closing
from typing import TYPE_CHECKING

from spawnnet_sim import CabinetEnv
from spawnnet_train.record.console import Console
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.rollouts.evaluation import Episode, evaluate
from spawnnet_train.rollouts.recording import RolloutRecorder
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.runs.assembly import create_cells
from spawnnet_train.student.student import Student, StudentActor

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig

TRAIN = "train"
HELD_OUT = "held_out"


def evaluate_splits(
    config: RunConfig | BehaviorCloningRun,
    student: Student,
    environment: CabinetEnv,
    *,
    console: Console,
    run: RunDirectory,
    name: str,
    is_blind: bool = False,
) -> list[Episode]:
    """Return the outcomes of the student alone, on both splits, as `config.evaluation` says.

    Args:
        config: Of the run.
        student: With the weights to evaluate.
        environment: The training cabinets.
        console: Shows progress.
        run: Where videos and attention pictures go.
        name: What they are called, the split's name is added.
        is_blind: Whether the student sees black images.
    """
    settings = config.evaluation

    def evaluate_split(split: str, environment: CabinetEnv, episodes: int) -> list[Episode]:
        actor = create_actor(config, student, environment)
        recorder = RolloutRecorder(
            max_cells=settings.video_cells,
            frames_per_second=1 / environment.control_timestep,
            attention_step=environment.episode_steps // 3,
        )
        steps = math.ceil(episodes / environment.num_envs) * environment.episode_steps
        with console.progress(f"evaluate {split}", steps) as advance:

            def watch(rollout_index: int, step: Step) -> None:
                recorder.watch(rollout_index, step)
                advance()

            outcomes = evaluate(
                environment,
                actor,
                split=split,
                episodes=episodes,
                seed=settings.seed,
                is_blind=is_blind,
                watch=watch,
            )
            found = list(outcomes)
        recorder.write(run.videos / f"{name}_{split}.mp4", run.attention / f"{name}_{split}.png")
        return found

    found = evaluate_split(TRAIN, environment, settings.episodes)
    if settings.held_out_episodes and config.simulation is not None:
        with closing(create_cells(config.simulation.for_held_out())) as held_out:
            found += evaluate_split(HELD_OUT, held_out, settings.held_out_episodes)
    return found


def create_actor(
    config: RunConfig | BehaviorCloningRun, student: Student, environment: CabinetEnv
) -> StudentActor:
    """Return the student acting in the cells of `environment`."""
    return StudentActor(
        student,
        config.student,
        environment.num_envs,
        frozen_dtype=config.frozen_dtype,
    )
