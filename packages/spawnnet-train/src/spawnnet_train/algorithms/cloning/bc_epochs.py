"""The epochs of behaviour cloning: updates, validations, checkpoints, and the place in them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, final

from spawnnet_data.batches.augmentation import Augmentation
from spawnnet_data.batches.dataset import (
    DemonstrationDataset,
    LoaderConfig,
    training_loader,
    validation_loader,
)
from spawnnet_data.batches.sampling import SamplingConfig
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_train.algorithms.cloning.bc import BatchEncoder
from spawnnet_train.algorithms.cloning.bc_data import DemonstrationSets
from spawnnet_train.algorithms.cloning.bc_errors import TrainingSums, measure, predict_apart
from spawnnet_train.learning.best import BestWindow
from spawnnet_train.learning.checkpoint import save_checkpoint
from spawnnet_train.learning.learner import Learner, Update
from spawnnet_train.learning.training_state import load_training_state, save_training_state
from spawnnet_train.record.console import Console
from spawnnet_train.record.metrics import MetricsLog
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.record.wandb_log import WandbLog
from spawnnet_train.runs.run_config import BehaviorCloningRun
from spawnnet_train.student.student import Batch, Student

BEST = "best"
FINAL = "final"


@final
class Epochs:
    """Epochs of updates, each followed by a validation, and the position in them.

    Args:
        config: Of the run.
        sets: What is trained and validated on.
        student: Is trained.
        run: Gets checkpoints and the training state.
        action_names: Of the dimensions of an action.
        console: Shows progress.
    """

    def __init__(
        self,
        config: BehaviorCloningRun,
        sets: DemonstrationSets,
        student: Student,
        *,
        run: RunDirectory,
        action_names: Sequence[str],
        console: Console,
    ) -> None:
        self._config, self._student, self._run = config, student, run
        self._action_names, self._console = action_names, console
        settings, seed = config.train, config.seed
        self._sampling = SamplingConfig(config.student.stack_idx, config.student.action_horizon)
        self._loading = LoaderConfig(
            batch_size=settings.batch_size,
            num_workers=settings.num_workers,
            run_length=settings.run_length,
            pin_memory=student.device.type == "cuda",
        )
        augmentation = settings.augmentation and Augmentation(settings.augmentation, seed)
        dataset = DemonstrationDataset(
            sets.train, self._sampling, augmentation=augmentation or None
        )
        self._loader, self._sampler = training_loader(dataset, self._loading, seed=seed)
        self._encode = self._encoder(sets.train)
        self._validation = {
            name: (self._validation_loader(one), self._encoder(one))
            for name, one in sets.validation.items()
        }
        self._learner = Learner(
            student,
            optimizer=settings.optimizer,
            schedule=settings.schedule,
            total_updates=settings.epochs * len(self._sampler),
            clip_grad_norm=settings.clip_grad_norm,
            average_decay=settings.ema_decay,
        )
        self._epoch = 0
        self._batch = 0
        self._sums = TrainingSums(student.policy.action_dim)
        self._best = BestWindow()

    def _encoder(self, demonstrations: Demonstrations) -> BatchEncoder:
        num_images = int(demonstrations.lengths.sum())
        return BatchEncoder(self._student, self._config.train.features, num_images)

    def _validation_loader(self, demonstrations: Demonstrations) -> Any:
        # Workers of their own would read far less than they cost.
        loading = replace(self._loading, num_workers=0)
        return validation_loader(demonstrations, self._sampling, loading)

    def restore(self) -> int:
        """Go to where the run was last saved, if it was, and return the updates done by then."""
        if not self._run.training_state.is_file():
            return 0
        position = load_training_state(self._run.training_state, self._student, self._learner)
        self._epoch, self._batch = position["epoch"], position["batch"]
        self._sums.load_state(position["sums"])
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
        metrics = {"epoch": self._epoch + 1, **self._sums.metrics(self._action_names)}
        metrics |= self._validate(metrics["train/loss"])
        self._epoch, self._batch = self._epoch + 1, 0
        self._sums = TrainingSums(self._student.policy.action_dim)
        self._save_state()
        self._show(metrics, time.monotonic() - start)
        return metrics

    def _updates(self) -> Iterator[dict[str, float]]:
        """Do the updates of an epoch that are left, yielding what is to be logged of each."""
        for batch in self._loader:
            update = self._improve(self._encode(batch))
            self._batch += 1
            if self._learner.num_updates % self._config.train.save_every == 0:
                self._save_state()
            yield {
                "train/update_loss": float(update.loss),
                "train/grad_norm": float(update.grad_norm),
                "train/lr": self._learner.lr,
            }

    def _improve(self, batch: Batch) -> Update:
        """Do one update and count the errors of the student before it."""
        self._student.train()
        features, _ = self._student.encode(batch.stack)
        loss = self._student.policy.loss(features, batch.action_chunk, batch.mask)
        if self._learner.num_updates % self._config.train.measure_every == 0:
            predicted = predict_apart(self._student.policy, features.detach())
            self._sums.errors.add(predicted, batch.action_chunk, batch.mask)
        update = self._learner.minimize(loss)
        self._sums.add_loss(float(update.loss), len(batch.mask))
        return update

    def _validate(self, train_loss: float) -> dict[str, float]:
        """Return the errors on every validation set, in the epochs that measure them."""
        every, epochs = self._config.train.validate_every, self._config.train.epochs
        if (self._epoch + 1) % every and self._epoch + 1 < epochs:
            return {}
        found: dict[str, float] = {}
        with self._learner.acting_weights():
            for name, (loader, encode) in self._validation.items():
                batches = map(encode, loader)
                found |= measure(self._student, batches, name, self._action_names)
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
            "sums": self._sums.state(),
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
