"""A run of behaviour cloning from start to end, and from where it was stopped to the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, final

import torch

from spawnnet_train.assembly import create_cells, prepare_torch
from spawnnet_train.bc import BatchEncoder
from spawnnet_train.bc_data import (
    DemonstrationSets,
    DemonstrationSpec,
    describe_demonstrations,
    open_demonstrations,
)
from spawnnet_train.bc_student import create_cloned_student
from spawnnet_train.bc_validation import measure
from spawnnet_train.best import BestWindow
from spawnnet_train.checkpoint import load_checkpoint, save_checkpoint
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.run_config import BehaviorCloningRun
from spawnnet_train.config.validation import dump_yaml
from spawnnet_train.console import Console
from spawnnet_train.curves import write_curves
from spawnnet_train.data.augmentation import Augmentation
from spawnnet_train.data.dataset import (
    DemonstrationDataset,
    LoaderConfig,
    training_loader,
    validation_loader,
)
from spawnnet_train.data.demonstrations import Demonstrations
from spawnnet_train.data.sampling import SamplingConfig
from spawnnet_train.evaluation import summarize, write_results
from spawnnet_train.learner import Learner
from spawnnet_train.metrics import MetricsLog
from spawnnet_train.overview import count_parameters, random_weights_notice
from spawnnet_train.run_directory import RunDirectory
from spawnnet_train.splits import evaluate_splits
from spawnnet_train.student import Student
from spawnnet_train.training_state import load_training_state, save_training_state
from spawnnet_train.wandb_log import WandbLog

BEST = "best"
FINAL = "final"


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
        ConfigError: If it was stopped before it had saved anything, or files are damaged.
    """
    device = prepare_torch(config)
    sets = open_demonstrations(config.demonstrations)
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
    training = _Training(parts, console)
    start = training.restore() if is_resumed else None
    with (
        MetricsLog(run.metrics, run.tensorboard, resumed_at=start) as log,
        WandbLog(config.wandb, config.experiment, run.path) as wandb,
    ):
        try:
            training.run_all([log, wandb])
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


@final
class _Training:
    """Epochs of updates, each followed by a validation, and the position in them."""

    def __init__(self, parts: _Parts, console: Console) -> None:
        self._config, self._sets, self._spec, self._student, self._run = parts
        self._console = console
        settings, seed = self._config.train, self._config.seed
        self._sampling = SamplingConfig(
            self._config.student.stack_idx, self._config.student.action_horizon
        )
        self._loading = LoaderConfig(
            batch_size=settings.batch_size,
            num_workers=settings.num_workers,
            run_length=settings.run_length,
            pin_memory=self._student.device.type == "cuda",
        )
        augmentation = settings.augmentation and Augmentation(settings.augmentation, seed)
        dataset = DemonstrationDataset(
            self._sets.train, self._sampling, augmentation=augmentation or None
        )
        self._loader, self._sampler = training_loader(dataset, self._loading, seed=seed)
        self._encode = self._encoder(self._sets.train)
        self._validation = {
            name: (self._validation_loader(one), self._encoder(one))
            for name, one in self._sets.validation.items()
        }
        self._learner = Learner(
            self._student,
            optimizer=settings.optimizer,
            schedule=settings.schedule,
            total_updates=settings.epochs * len(self._sampler),
            clip_grad_norm=settings.clip_grad_norm,
            average_decay=settings.ema_decay,
        )
        self._epoch = 0
        self._batch = 0
        self._loss_sum = 0.0
        self._num_samples = 0
        self._best = BestWindow()

    def _encoder(self, demonstrations: Demonstrations) -> BatchEncoder:
        num_images = int(demonstrations.lengths.sum())
        return BatchEncoder(self._student, self._config.train.features, num_images)

    def _validation_loader(self, demonstrations: Demonstrations) -> Any:
        # Workers of their own would read far less than they cost.
        loading = replace(self._loading, num_workers=0)
        return validation_loader(demonstrations, self._sampling, loading)

    def restore(self) -> int:
        """Go to where the run was last saved and return the updates done by then."""
        if not self._run.training_state.is_file():
            problem = "it was stopped before the first state was saved, so run it again"
            raise ConfigError([f"{self._run.path}: nothing to resume from, {problem}."])
        position = load_training_state(self._run.training_state, self._student, self._learner)
        self._epoch, self._batch = position["epoch"], position["batch"]
        self._loss_sum, self._num_samples = position["loss_sum"], position["num_samples"]
        self._best = BestWindow(position["validated"])
        return self._learner.num_updates

    def run_all(self, logs: list[MetricsLog | WandbLog]) -> None:
        """Do the epochs that are left and write the final checkpoint."""
        while self._epoch < self._config.train.epochs and not self._is_stuck():
            metrics = self._run_epoch(logs)
            for log in logs:
                log.log(self._learner.num_updates, metrics)
        if not (self._run.checkpoints / f"{FINAL}.json").is_file():
            self._save_checkpoint(FINAL)

    def _is_stuck(self) -> bool:
        early = self._config.train.early_stop
        return early is not None and self._best.num_since_best >= early.patience

    def _run_epoch(self, logs: list[MetricsLog | WandbLog]) -> dict[str, float]:
        start = time.monotonic()
        self._sampler.epoch, self._sampler.first_batch = self._epoch, self._batch
        total = len(self._sampler) - self._batch
        with self._console.progress(f"epoch {self._epoch + 1}", total) as advance:
            for metrics in self._updates():
                advance()
                for log in logs if metrics else []:
                    log.log(self._learner.num_updates, metrics)
        metrics = {"epoch": self._epoch + 1, "train/loss": self._loss_sum / self._num_samples}
        metrics |= self._validate(metrics["train/loss"])
        self._epoch, self._batch, self._loss_sum, self._num_samples = self._epoch + 1, 0, 0.0, 0
        self._save_state()
        self._show(metrics, time.monotonic() - start)
        return metrics

    def _updates(self) -> Iterator[dict[str, float]]:
        """Do the updates of an epoch that are left, yielding what is to be logged of each."""
        for batch in self._loader:
            update = self._learner.update(self._encode(batch))
            self._batch += 1
            self._loss_sum += float(update.loss) * len(batch.samples)
            self._num_samples += len(batch.samples)
            if self._learner.num_updates % self._config.train.save_every == 0:
                self._save_state()
            yield {
                "train/update_loss": float(update.loss),
                "train/grad_norm": float(update.grad_norm),
                "train/lr": self._learner.lr,
            }

    def _validate(self, train_loss: float) -> dict[str, float]:
        """Return the errors on every validation set, in the epochs that measure them."""
        every, epochs = self._config.train.validate_every, self._config.train.epochs
        if (self._epoch + 1) % every and self._epoch + 1 < epochs:
            return {}
        found: dict[str, float] = {}
        with self._learner.acting_weights():
            for name, (loader, encode) in self._validation.items():
                batches = map(encode, loader)
                found |= measure(self._student, batches, name, self._spec.action_names)
        first = next(iter(self._validation), None)
        if self._best.add(train_loss if first is None else found[f"val/mse_{first}"]):
            self._save_checkpoint(BEST)
        return found

    def _save_checkpoint(self, name: str) -> None:
        facts = {"name": name, "epoch": self._epoch, "updates": self._learner.num_updates}
        with self._learner.acting_weights():
            save_checkpoint(self._run.checkpoints / name, self._student, facts)

    def _save_state(self) -> None:
        position = {
            "epoch": self._epoch,
            "batch": self._batch,
            "loss_sum": self._loss_sum,
            "num_samples": self._num_samples,
            "validated": self._best.values,
        }
        save_training_state(self._run.training_state, self._student, self._learner, position)

    def _show(self, metrics: dict[str, float], seconds: float) -> None:
        cells = {"epoch": str(self._epoch), "loss": f"{metrics['train/loss']:.5f}"}
        for name in self._validation:
            for kind in ("mse", "abs"):
                value = metrics.get(f"val/{kind}_{name}")
                cells[f"{kind} {name}"] = "" if value is None else f"{value:.5f}"
        cells["lr"] = f"{self._learner.lr:.1e}"
        cells["seconds"] = f"{seconds:.1f}"
        self._console.row(cells, is_first=self._epoch == 1)
