"""Behaviour cloning: how a student is trained on demonstrations, and on what batches."""

from __future__ import annotations

from typing import Annotated, final

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_data.batches.augmentation import AugmentationConfig
from spawnnet_data.batches.batch import Batch as ImageBatch
from spawnnet_train.config.section import STRICT
from spawnnet_train.learning.optimization import OptimizerConfig, ScheduleConfig
from spawnnet_train.student.feature_store import FeatureStore, FeatureStoreConfig
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Batch, Student


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ClonedStudentConfig:
    """What the student sees and how far ahead it plans."""

    stack_idx: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    """Offsets of the frames that it sees, ascending; the largest is the present."""
    proprioception: bool = True
    """Whether it is given the robot's own state beside the images."""
    action_horizon: Annotated[int, Field(ge=1)] = 1
    """T, the steps that it predicts at once."""
    execution_horizon: Annotated[int, Field(ge=1)] = 1
    """The steps of a prediction that are executed before the next one."""
    ensemble_decay: float | None = None
    """Blend the overlapping predictions of all past steps, the oldest with the largest weight; the
    decay of ACT is 0.01. Null executes one chunk after another."""

    def __post_init__(self) -> None:
        offsets = list(self.stack_idx)
        if not offsets or offsets != sorted(set(offsets)):
            raise ValueError(f"stack_idx: must be ascending, got {offsets}.")
        if self.action_horizon < self.execution_horizon:
            raise ValueError(
                f"execution_horizon: must be at most `action_horizon`, "
                f"got {self.execution_horizon} and {self.action_horizon}."
            )

    @property
    def num_frames(self) -> int:
        """F."""
        return len(self.stack_idx)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EarlyStopConfig:
    """When to stop before the last epoch."""

    patience: Annotated[int, Field(ge=1)] = 20
    """Validations without a new best checkpoint."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BehaviorCloningConfig:
    """How the student is trained; the defaults are those of the paper's real-robot experiments."""

    epochs: Annotated[int, Field(ge=1)] = 300
    batch_size: Annotated[int, Field(ge=1)] = 64
    run_length: Annotated[int, Field(ge=1)] = 1
    """Neighbouring samples that stay together when shuffled; above 1 fewer images are read."""
    num_workers: Annotated[int, Field(ge=0)] = 0
    """Processes that read; their number changes neither order nor samples."""
    optimizer: OptimizerConfig = OptimizerConfig(lr=1e-4)
    schedule: ScheduleConfig = ScheduleConfig()
    clip_grad_norm: Annotated[float, Field(gt=0)] | None = 0.5
    """Longest gradient over all trained parameters together; null for no limit."""
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Decay of a moving average of the weights, which then is validated, saved and acts."""
    augmentation: AugmentationConfig | None = None
    """Random crops and colours; null for none. Augmented images pass the backbone every time."""
    features: FeatureStoreConfig = FeatureStoreConfig()
    measure_every: Annotated[int, Field(ge=1)] = 1
    """Updates from one to the next whose predictions are compared with the demonstrated actions;
    above 1 where predicting takes long, as by denoising."""
    validate_every: Annotated[int, Field(ge=1)] = 1
    """Epochs from one validation to the next; the last epoch is always validated."""
    early_stop: EarlyStopConfig | None = None
    save_every: Annotated[int, Field(ge=1)] = 500
    """Updates from one saved training state, which `resume` goes on from, to the next; the end of
    every epoch is one too."""


@final
class BatchEncoder:
    """Turns batches of images into batches for the student, with frozen features kept.

    Args:
        student: Whose backbone computes the features, on its device.
        config: How much of them is kept.
        num_images: Images of the data set that the batches are from.
    """

    def __init__(self, student: Student, config: FeatureStoreConfig, num_images: int) -> None:
        self._device = student.device
        self.store = FeatureStore(config, student.encoder, num_images)

    def __call__(self, batch: ImageBatch) -> Batch:
        """Return the batch on the student's device."""
        moved = batch.to(self._device, non_blocking=True)
        features = self.store.features(moved.rgb, batch.image_ids)
        stacked = tuple(part[moved.frames] for part in features)
        return Batch(FrameStack(moved.observation(), stacked), moved.actions, moved.mask)
