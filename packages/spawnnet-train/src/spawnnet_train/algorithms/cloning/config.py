"""Settings of behaviour cloning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT
from spawnnet_data import num_workers
from spawnnet_jobs.together.ranks import local_size
from spawnnet_train.algorithms.cloning.demonstrations import DemonstrationsConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BehaviorCloningConfig:
    """What is cloned, and how often it is gone through."""

    demonstrations: DemonstrationsConfig
    """What is cloned and validated on."""
    epochs: Annotated[int, Field(ge=1)] = 300
    """Times that all demonstrations are gone through."""
    run_length: Annotated[int, Field(ge=1)] = 1
    """Neighbouring samples that stay together when shuffled; above 1 fewer images are read."""
    num_workers: Annotated[int, Field(ge=0)] | None = None
    """Processes that read; their number changes neither order nor samples. By default none where
    the student is on the CPU, and up to 4 beside a GPU."""
    frozen: Literal["auto", "memory", "disk", "none"] = "auto"
    """Where features of the frozen backbone are kept, in `student.frozen_format`: in `memory`, on
    `disk` below `frozen_folder`, or nowhere (`none`), so that images pass it in every epoch. `auto`
    takes the disk where it holds some of this backbone, else memory where everything fits, else
    disk, else none."""
    frozen_folder: Path = Path("features")
    """Where features on disk are; runs and the seeds of a sweep share them, and may fill them at
    the same time. Relative to the working directory."""
    measure_every: Annotated[int, Field(ge=1)] = 1
    """Updates from one to the next whose predictions are compared with the demonstrated actions;
    above 1 where predicting takes long, as by denoising."""
    validate_every: Annotated[int, Field(ge=1)] = 1
    """Epochs from one validation to the next; the last epoch is always validated."""
    keep_every: Annotated[int, Field(ge=1)] | None = None
    """Epochs from one checkpoint that is kept to the next, such as `epoch_010`; null keeps `best`
    and `final` alone."""

    def workers(self, device: str) -> int:
        """Return the processes that read for a student on a device, as torch writes it."""
        is_gpu = device.startswith("cuda")
        return num_workers(self.num_workers, beside_gpu=is_gpu, processes=local_size())
