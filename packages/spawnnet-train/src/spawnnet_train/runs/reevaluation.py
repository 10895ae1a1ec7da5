"""Evaluate a checkpoint of a finished or interrupted run again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import torch

from spawnnet_sim import CabinetEnv
from spawnnet_train.algorithms.cloning.bc_data import DemonstrationSpec
from spawnnet_train.algorithms.cloning.bc_student import create_cloned_student
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import latest_checkpoint, load_checkpoint
from spawnnet_train.record.console import Console
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.rollouts.evaluation import summarize, write_results
from spawnnet_train.rollouts.splits import evaluate_splits
from spawnnet_train.runs.assembly import create_cells, create_student, prepare_torch
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.overview import describe, random_weights_notice
from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig
from spawnnet_train.student.student import Student


def evaluate_run(
    path: Path,
    console: Console,
    *,
    checkpoint: str | None = None,
    is_blind: bool = False,
    overrides: Sequence[str] = (),
) -> Path:
    """Evaluate a checkpoint and return the folder of the results, a new one beside the run's own.

    Args:
        path: A run directory.
        console: Shows progress and results.
        checkpoint: Name of a checkpoint, such as `final` or `round_003`; None for the latest.
        is_blind: Whether the student sees black images.
        overrides: Changes of the run's configuration, such as `evaluation.episodes=96`. Without
            any, `final` gives the numbers that the run gave.

    Raises:
        ConfigError: If there is no such run or checkpoint, or an override does not fit.
    """
    run = RunDirectory.open(path)
    config = load_config(run.config, overrides)
    name = checkpoint or latest_checkpoint(run.checkpoints)
    device = prepare_torch(config)
    if config.simulation is None:
        raise ConfigError(["simulation: is required, to know where to roll the student out."])
    with closing(create_cells(config.simulation)) as environment:
        student = _create_student(config, environment, run, device)
        load_checkpoint(run.checkpoints / name, student)
        console.header(f"Evaluation of {name}, {run.path}", describe(config, student, environment))
        random_weights_notice(student, console)
        settings = config.evaluation
        label = f"{name}_seed_{settings.seed}" + ("_blind" if is_blind else "")
        episodes = evaluate_splits(
            config,
            student,
            environment,
            console=console,
            run=run,
            name=label,
            is_blind=is_blind,
        )
    folder = run.evaluation / label
    write_results(folder, episodes)
    console.results(summarize(episodes))
    console.paths("Look at", {"results": folder, "videos": run.videos, "attention": run.attention})
    return folder


def _create_student(
    config: RunConfig | BehaviorCloningRun,
    environment: CabinetEnv,
    run: RunDirectory,
    device: torch.device,
) -> Student:
    if isinstance(config, RunConfig):
        return create_student(config, environment, device)
    return create_cloned_student(config, DemonstrationSpec.load(run.demonstrations), device)
