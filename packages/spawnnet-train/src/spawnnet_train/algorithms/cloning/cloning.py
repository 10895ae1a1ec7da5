"""Behaviour cloning: epochs of updates on demonstrations, each followed by a validation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, final

from torch import Tensor

from spawnnet_data import (
    Augmentation,
    DemonstrationDataset,
    Demonstrations,
    DemonstrationSets,
    LoaderConfig,
    SamplingConfig,
    open_demonstrations,
    training_loader,
    validation_loader,
)
from spawnnet_encoders import FeatureStore
from spawnnet_jobs.terminal.reporter import Reporter
from spawnnet_jobs.together.collectives import from_first
from spawnnet_jobs.together.ranks import is_first, local_size, rank, size
from spawnnet_train.algorithms.algorithm import (
    Algorithm,
    LabelledEpisode,
    PeriodReport,
    RunSettings,
    Sight,
)
from spawnnet_train.algorithms.cloning.batch_encoder import BatchEncoder
from spawnnet_train.algorithms.cloning.config import BehaviorCloningConfig
from spawnnet_train.algorithms.cloning.demonstrations import spec_of_demonstrations
from spawnnet_train.algorithms.cloning.frozen import (
    feature_file,
    feature_part,
    feature_store,
    fill,
)
from spawnnet_train.algorithms.cloning.labelled import labelled_episode
from spawnnet_train.algorithms.cloning.prediction_errors import (
    ErrorSums,
    measure,
    predict_apart,
    training_metrics,
)
from spawnnet_train.algorithms.storage import Part
from spawnnet_train.config.errors import SettingError, building
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student


@final
class BehaviorCloning(Algorithm[BehaviorCloningConfig]):
    """Epochs over demonstrations, in an order that depends on the seed and the epoch alone.

    Args:
        config: What demonstrations, how often.
        run: The rest of the configuration.
        sets: The demonstrations, open.
        spec: What a student of them sees and does.
    """

    period = "epoch"
    measures = True

    def __init__(
        self,
        config: BehaviorCloningConfig,
        run: RunSettings,
        *,
        sets: DemonstrationSets,
        spec: StudentSpec,
    ) -> None:
        self._config, self._run, self._sets = config, run, sets
        self.spec = spec
        self._encoders: dict[str, BatchEncoder] = {}
        self.num_periods, self.keep_every = config.epochs, config.keep_every
        self._sampling = SamplingConfig(run.student.stack_idx, run.student.action_horizon)
        self._loading = LoaderConfig(batch_size=run.train.batch_size, run_length=config.run_length)
        self._errors = ErrorSums(spec.action_dim)
        self._num_watched = 0

    @classmethod
    def open(cls, config: BehaviorCloningConfig, run: RunSettings) -> Self:
        """Open the demonstrations and sweep them for statistics; see `Algorithm.open`."""
        with building("algorithm.demonstrations"):
            workers = config.workers(run.device)
            chosen = config.demonstrations
            sets = open_demonstrations(chosen, processes=local_size(), num_workers=workers)
            spec = spec_of_demonstrations(config.demonstrations, sets.train)
        return cls(config, run, sets=sets, spec=spec)

    @classmethod
    def sight(cls, config: BehaviorCloningConfig, run: RunSettings) -> Sight:
        """Return the views of the key mapping."""
        del run
        keys = config.demonstrations.keys
        section = "algorithm.demonstrations.keys"
        return Sight(tuple(keys.views), keys.image_size, section, keys.has_depth)

    @classmethod
    def check(cls, config: BehaviorCloningConfig, run: RunSettings) -> None:
        """Check that a simulation shows the views that were demonstrated; see `Algorithm.check`."""
        if run.student.privileged_targets is not None:
            raise SettingError(
                "student.privileged_targets",
                "demonstrations tell actions alone; clone in simulation, with "
                "`algorithm: {name: dagger, rounds: 0}`.",
            )
        views, simulation = tuple(config.demonstrations.keys.views), run.simulation
        if simulation is not None and simulation.cameras.views != views:
            raise SettingError(
                "simulation.cameras.views",
                f"must be the views of the demonstrations, in their order, "
                f"{list(views)}, got {list(simulation.cameras.views)}.",
            )

    @classmethod
    def missing(cls, config: BehaviorCloningConfig) -> list[str]:
        """Return the sets that are not there; if all are, open them. See `Algorithm.missing`."""
        demonstrations, place = config.demonstrations, "algorithm.demonstrations"
        sets = {"train": demonstrations.train}
        sets |= {f"validation.{name}": one for name, one in demonstrations.validation.items()}
        absent = {k: one.path for k, one in sets.items() if not one.path.expanduser().exists()}
        lacking = [f"{place}.{k}.path: there is no `{path}`." for k, path in absent.items()]
        if not lacking:
            with building(place):
                open_demonstrations(demonstrations)
        return lacking

    def storage(self, student: Student) -> list[Part]:
        """Return the sizes of images in memory and of features; see `Algorithm.storage`."""
        num_images = sum(int(one.lengths.sum()) for one in self._unaugmented())
        sets = [self._sets.train, *self._sets.validation.values()]
        decoded = sum(one.kept_bytes() for one in sets)
        features = feature_part(self._config, self._run.student, student, num_images)
        return [Part("images", "", decoded), features]

    def keep_in(self, folder: Path, config: BehaviorCloningConfig) -> None:
        """Take where features are kept; see `Algorithm.keep_in`."""
        del folder  # they outlive the run
        self._config = config

    @property
    def frozen_folder(self) -> Path:
        """Where features on disk are."""
        return self._config.frozen_folder

    def fill_features(self, student: Student, reporter: Reporter) -> tuple[Path, int]:
        """Fill the features on disk; return their folder and how many time steps are there."""
        kept = feature_file(self._config, self._run.student, student)
        store = FeatureStore(student.encoder, self._run.student.frozen_format, kept)
        fill(store, self._unaugmented(), reporter)
        return kept.path, len(kept)

    def _unaugmented(self) -> list[Demonstrations]:
        """Return the sets whose images are seen as they are, so that features can be kept."""
        train = [] if self._run.train.augmentation else [self._sets.train]
        return [*train, *self._sets.validation.values()]

    def set_up(self, student: Student) -> None:
        """Make loaders for the student's device, and stores of its features."""
        seed = self._run.seed
        self._student = student
        loading = replace(self._loading, pin_memory=student.device.type == "cuda")
        workers = self._config.workers(str(student.device))
        shared = replace(loading, num_workers=workers, part=(rank(), size()))
        drawn = self._run.train.augmentation
        augmentation = Augmentation(drawn, seed) if drawn else None
        dataset = DemonstrationDataset(self._sets.train, self._sampling, augmentation=augmentation)
        self._loader, self._sampler = training_loader(dataset, shared, seed=seed)
        self._encode = self._encoder(self._sets.train)
        # Workers of their own would read far less than they cost.
        self._validation = {
            name: (validation_loader(one, self._sampling, loading), self._encoder(one))
            for name, one in self._sets.validation.items()
        }
        self._encoders = {"train": self._encode}
        self._encoders |= {name: encode for name, (_, encode) in self._validation.items()}

    def _encoder(self, demonstrations: Demonstrations) -> BatchEncoder:
        num_images = int(demonstrations.lengths.sum())
        store = feature_store(self._config, self._run.student, self._student, num_images)
        return BatchEncoder(self._student, store)

    def num_updates(self, period: int) -> int:
        """Return the batches of an epoch, which are equally many in all of them."""
        del period
        return math.ceil(int(self._sets.train.lengths.sum()) / self._run.train.batch_size)

    def batches(self, period: int, first: int) -> Iterator[Batch]:
        """Read the batches of an epoch."""
        self._sampler.epoch, self._sampler.first_batch = period, first
        return map(self._encode, self._loader)

    def watch(self, batch: Batch, features: Tensor) -> None:
        """Count the errors of the student before the update."""
        if self._num_watched % self._config.measure_every == 0:
            predicted = predict_apart(self._student.policy, features)
            self._errors.add(predicted, batch.action_chunk, batch.mask)
        self._num_watched += 1

    def end(self, period: int, loss: float, reporter: Reporter) -> PeriodReport:
        """Return the errors of the epoch, and those on every validation set where it is time."""
        del reporter
        metrics = training_metrics(self._errors.of_all_processes(), self.spec.action_names)
        self._errors = ErrorSums(self.spec.action_dim)
        if not self._is_validated(period):
            return PeriodReport(metrics, cells=self._cells(metrics))
        metrics |= from_first(self._validate)
        first = next(iter(self._validation), None)
        score = loss if first is None else metrics[f"val/mse_{first}"]
        return PeriodReport(metrics, score, self._cells(metrics))

    def _is_validated(self, period: int) -> bool:
        number = period + 1
        return number % self._config.validate_every == 0 or number == self.num_periods

    def _validate(self) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, (loader, encode) in self._validation.items():
            metrics |= measure(self._student, map(encode, loader), name, self.spec.action_names)
        return metrics

    def _cells(self, metrics: Mapping[str, float]) -> dict[str, str]:
        keys = [(kind, name) for name in self._validation for kind in ("mse", "abs")]
        values = {f"{kind} {name}": metrics.get(f"val/{kind}_{name}") for kind, name in keys}
        return {title: "" if value is None else f"{value:.5f}" for title, value in values.items()}

    def state(self) -> dict[str, Any]:
        """Return the errors counted in this epoch."""
        errors = self._errors.of_all_processes()
        return {"errors": errors.state(), "num_watched": self._num_watched}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on counting errors."""
        if is_first():  # for all of them
            self._errors.load_state(state["errors"])
        self._num_watched = state["num_watched"]

    def describe(self) -> dict[str, str]:
        """Return the sizes of the sets."""
        train, validation = self._sets
        sizes = ", ".join(f"{name} {len(one)}" for name, one in validation.items())
        return {
            "demonstrations": f"{len(train)} episodes, {train.lengths.sum()} steps",
            "validation": sizes or "none: the training loss decides which checkpoint is best",
        }

    def labelled_episodes(self, limit: int | None) -> Iterator[LabelledEpisode]:
        """Yield demonstrations of the validation sets, or of the training set without any."""
        for split, shown in self._shown().items():
            for episode in range(min(len(shown), limit or len(shown))):
                yield labelled_episode(split, shown, episode, self._encoders.get(split))

    def num_labelled_episodes(self, limit: int | None) -> int:
        """Return how many demonstrations that are."""
        return sum(min(len(shown), limit or len(shown)) for shown in self._shown().values())

    def _shown(self) -> dict[str, Demonstrations]:
        return self._sets.validation or {"train": self._sets.train}
