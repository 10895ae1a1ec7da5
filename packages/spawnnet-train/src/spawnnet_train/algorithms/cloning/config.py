"""Settings of behaviour cloning."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_train.algorithms.cloning.demonstrations import DemonstrationsConfig
from spawnnet_train.config.section import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BehaviorCloningConfig:
    """What is cloned, and how often it is gone through."""

    demonstrations: DemonstrationsConfig
    epochs: Annotated[int, Field(ge=1)] = 300
    run_length: Annotated[int, Field(ge=1)] = 1
    """Neighbouring samples that stay together when shuffled; above 1 fewer images are read."""
    num_workers: Annotated[int, Field(ge=0)] = 0
    """Processes that read; their number changes neither order nor samples."""
    feature_memory: Annotated[float, Field(ge=0)] = 2.0
    """Limit in GiB of kept features of the frozen backbone; images that do not fit pass it again in
    every epoch."""
    measure_every: Annotated[int, Field(ge=1)] = 1
    """Updates from one to the next whose predictions are compared with the demonstrated actions;
    above 1 where predicting takes long, as by denoising."""
    validate_every: Annotated[int, Field(ge=1)] = 1
    """Epochs from one validation to the next; the last epoch is always validated."""
