"""Evaluate a checkpoint of a finished or interrupted run again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from spawnnet_train.assembly import create_cells, create_student, prepare_torch
from spawnnet_train.checkpoint import latest_checkpoint, load_checkpoint
from spawnnet_train.config.loading import load_config
from spawnnet_train.console import Console
from spawnnet_train.evaluation import summarize, write_results
from spawnnet_train.overview import describe, random_weights_notice
from spawnnet_train.run_directory import RunDirectory
from spawnnet_train.splits import evaluate_splits


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
    with closing(create_cells(config.simulation)) as environment:
        student = create_student(config, environment, device)
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
