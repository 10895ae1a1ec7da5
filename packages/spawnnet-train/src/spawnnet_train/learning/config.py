"""How students are trained, whatever the algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT
from spawnnet_data import AugmentationConfig
from spawnnet_train.learning.optimization import OptimizerConfig, ScheduleConfig
from spawnnet_train.learning.precision import PrecisionName


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EarlyStopConfig:
    """When to stop before the last period."""

    patience: Annotated[int, Field(ge=1)] = 20
    """Measurements without a new best checkpoint."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class InitFromConfig:
    """A student of another run, of equal encoder, policy and sizes."""

    run: Path
    """Its run directory."""
    checkpoint: str | None = None
    """Such as `round_003`; null takes `best`, or the latest where there is none."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LearningConfig:
    """How the student is trained; what decides the batches is the algorithm's."""

    init_from: InitFromConfig | None = None
    """A checkpoint to start from instead of random weights; null for none."""
    batch_size: Annotated[int, Field(ge=1)] = 64
    """Samples of an update, of all processes together."""
    inference_batch: Annotated[int, Field(ge=1)] | None = None
    """Environments whose images are encoded together where the student acts; null for all. Fewer
    need less memory of the device: what was seen then waits in the computer's."""
    precision: PrecisionName = "float32"
    """What the trained part computes in; weights, losses and the student that acts keep float32.
    With `fp16` the loss is scaled, and an update whose gradient overflows is left out."""
    compile: bool = False
    """Compile the update by `torch.compile`: a minute at the beginning, less time per update on a
    GPU. Needs a C++ compiler."""
    matmul_precision: Literal["highest", "high", "medium"] = "highest"
    """Of float32 matrix products on a GPU: `high` allows TF32, `medium` bfloat16."""
    optimizer: OptimizerConfig = OptimizerConfig()
    """What changes the weights by their gradient."""
    schedule: ScheduleConfig = ScheduleConfig()
    """How the learning rate changes in the course of the run."""
    clip_grad_norm: Annotated[float, Field(gt=0)] | None = 0.5
    """Longest gradient over all trained parameters together; null for no limit."""
    original_clipping: bool = False
    """Clip the gradient of the policy alone, as the original release did by mistake."""
    augmentation: AugmentationConfig | None = None
    """Random crops and colours of the images trained on; null for none. Augmented images pass the
    frozen backbone at every update, which is slow."""
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Decay of a moving average of the weights, which then is measured, saved and acts."""
    early_stop: EarlyStopConfig | None = None
    """When to stop before the last period; null for never."""
    log_every: Annotated[int, Field(ge=1)] = 10
    """Updates whose mean loss makes one row of the metrics."""
    save_every: Annotated[int, Field(ge=1)] = 500
    """Updates from one saved training state, which `resume` goes on from, to the next; the end of
    every period (an epoch, a round) is one too."""
