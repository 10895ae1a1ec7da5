"""A run of behaviour cloning from start to end, and from where it was stopped to the end."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from spawnnet_train.algorithms.cloning.bc_data import (
    DemonstrationSets,
    DemonstrationSpec,
    describe_demonstrations,
    open_demonstrations,
)
from spawnnet_train.algorithms.cloning.bc_epochs import BEST, Epochs
from spawnnet_train.algorithms.cloning.bc_student import create_cloned_student
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.record.console import Console
from spawnnet_train.record.curves import write_curves
from spawnnet_train.record.metrics import MetricsLog
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.record.wandb_log import WandbLog
from spawnnet_train.rollouts.evaluation import summarize, write_results
from spawnnet_train.rollouts.splits import evaluate_splits
from spawnnet_train.runs.assembly import create_cells, prepare_torch
from spawnnet_train.runs.overview import count_parameters, random_weights_notice
from spawnnet_train.runs.run_config import BehaviorCloningRun
from spawnnet_train.runs.validation import dump_yaml
from spawnnet_train.student.student import Student


def train_bc(config: BehaviorCloningRun, console: Console) -> RunDirectory:
    """Train a student on demonstrations as `config` says and return the directory of the run.

    Raises:
        ConfigError: If the demonstrations do not fit, or something is missing on this machine.
        KeyboardInterrupt: If the user stops it; `resume_bc` goes on.
    """
    device = prepare_torch(config)
    sets = open_demonstrations(config.demonstrations)
    spec = describe_demonstrations(config.demonstrations, sets.train)
    config = replace(config, device=str(device), threads=torch.get_num_threads())
    student = create_cloned_student(config, spec, device)
    run = RunDirectory.create(config.output, config.experiment, dump_yaml(config))
    spec.save(run.demonstrations)
    return _finish(_Parts(config, sets, spec, student, run), console, is_resumed=False)


def resume_bc(config: BehaviorCloningRun, run: RunDirectory, console: Console) -> RunDirectory:
    """Go on with a run that was stopped, exactly as if it had not been.

    Raises:
        ConfigError: If the demonstrations are gone or files are damaged.
    """
    device = prepare_torch(config)
    sets = open_demonstrations(config.demonstrations)
    if not run.demonstrations.is_file():
        describe_demonstrations(config.demonstrations, sets.train).save(run.demonstrations)
    spec = DemonstrationSpec.load(run.demonstrations)
    student = create_cloned_student(config, spec, device)
    return _finish(_Parts(config, sets, spec, student, run), console, is_resumed=True)


class _Parts(NamedTuple):
    config: BehaviorCloningRun
    sets: DemonstrationSets
    spec: DemonstrationSpec
    student: Student
    run: RunDirectory


def _finish(parts: _Parts, console: Console, *, is_resumed: bool) -> RunDirectory:
    """Train to the end, draw the curves, and roll out the best student."""
    config, run = parts.config, parts.run
    console.header(f"Behaviour cloning in {run.path}", _describe(parts))
    random_weights_notice(parts.student, console)
    epochs = Epochs(
        config,
        parts.sets,
        parts.student,
        run=run,
        action_names=parts.spec.action_names,
        console=console,
    )
    start = epochs.restore() if is_resumed else None
    with (
        MetricsLog(run.metrics, run.tensorboard, resumed_at=start) as log,
        WandbLog(config.wandb, config.experiment, run.path) as wandb,
    ):
        try:
            epochs.run_all([log, wandb])
        except KeyboardInterrupt:
            console.paths("Interrupted", {"go on with": f"spawnnet-train resume {run.path}"})
            raise
    write_curves(run.metrics, run.curves)
    if config.simulation is not None:
        _roll_out(parts, console)
    console.paths("Look at", _places(run))
    return run


def _roll_out(parts: _Parts, console: Console) -> None:
    config, run = parts.config, parts.run
    assert config.simulation is not None
    load_checkpoint(run.checkpoints / BEST, parts.student)
    with closing(create_cells(config.simulation)) as cells:
        episodes = evaluate_splits(
            config, parts.student, cells, console=console, run=run, name=BEST
        )
    write_results(run.evaluation, episodes)
    console.results(summarize(episodes))


def _describe(parts: _Parts) -> dict[str, str]:
    config, sets, spec, student, run = parts
    del run
    trained, frozen = count_parameters(student)
    height, width = spec.image_size
    depth = "RGB-D" if spec.has_depth else "RGB"
    validation = ", ".join(f"{name} {len(one)}" for name, one in sets.validation.items())
    return {
        "demonstrations": f"{len(sets.train)} episodes, {sets.train.lengths.sum()} steps",
        "validation": validation or "none: the training loss decides which checkpoint is best",
        "views": f"{', '.join(spec.views)}; {height} x {width} {depth}",
        "encoder": config.encoder.name,
        "policy": f"{config.policy.name}, {student.policy.action_horizon} steps at once",
        "parameters": f"{trained:,} trained, {frozen:,} frozen",
        "device": f"{config.device}, {config.threads} threads",
        "seed": str(config.seed),
    }


def _places(run: RunDirectory) -> dict[str, Path | str]:
    return {
        "checkpoints": run.checkpoints,
        "learning curves": f"tensorboard --logdir {run.tensorboard}",
        "predictions": f"spawnnet-train visualize {run.path}",
    }
