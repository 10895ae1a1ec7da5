"""The whole configuration of a run: each section is defined beside what it configures."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_encoders import encoder_config, list_encoders
from spawnnet_policies import list_policies, policy_config
from spawnnet_sim import EnvironmentConfig
from spawnnet_train.algorithms.cloning.bc import BehaviorCloningConfig, ClonedStudentConfig
from spawnnet_train.algorithms.cloning.bc_data import DemonstrationsConfig
from spawnnet_train.algorithms.dagger.dagger import DaggerConfig
from spawnnet_train.config.registered import Named, OneOf
from spawnnet_train.config.section import STRICT
from spawnnet_train.rollouts.evaluation import EvaluationConfig
from spawnnet_train.student.normalization import NormalizationConfig
from spawnnet_train.student.student import StudentConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class HeldOutConfig:
    """The cabinets that are kept out of training."""

    cabinets: str = "drawer-held-out-v1"
    num_cabinets: Annotated[int, Field(ge=1)] = 4


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SimulationConfig(EnvironmentConfig):
    """The simulation of the training cabinets, and what differs for the held-out ones."""

    held_out: HeldOutConfig = HeldOutConfig()

    def for_held_out(self) -> EnvironmentConfig:
        """Return the simulation of the held-out cabinets.

        Raises:
            ValueError: If it is not valid; the message starts with the field.
        """
        shared = {field.name: getattr(self, field.name) for field in fields(EnvironmentConfig)}
        return EnvironmentConfig(**{**shared, **asdict(self.held_out)})


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RunConfig:
    """A run of DAgger in simulation."""

    experiment: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Folder of the run below `output`."""
    algorithm: Literal["dagger"] = "dagger"
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides everything random: weights, episodes, batches."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    """`auto` is the first CUDA device, or the CPU where there is none."""
    threads: Annotated[int, Field(ge=1)] | None = None
    """Threads of torch on the CPU; by default one per core."""
    output: Path = Path("runs")
    """Where the folders of experiments are; relative to the working directory."""
    simulation: SimulationConfig = SimulationConfig()
    encoder: Annotated[Named, OneOf(list_encoders, encoder_config)]
    policy: Annotated[Named, OneOf(list_policies, policy_config)]
    student: StudentConfig = StudentConfig()
    train: DaggerConfig = DaggerConfig()
    evaluation: EvaluationConfig = EvaluationConfig()

    @property
    def frozen_dtype(self) -> torch.dtype:
        """What features of the frozen backbone are rounded to."""
        return self.train.replay.frozen_torch_dtype


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BehaviorCloningRun:
    """A run of behaviour cloning on demonstrations."""

    experiment: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Folder of the run below `output`."""
    algorithm: Literal["bc"]
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides everything random: weights, batches, augmentation."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    """`auto` is the first CUDA device, or the CPU where there is none."""
    threads: Annotated[int, Field(ge=1)] | None = None
    """Threads of torch on the CPU; by default one per core."""
    output: Path = Path("runs")
    """Where the folders of experiments are; relative to the working directory."""
    wandb: Literal["online", "offline"] | None = None
    """Log to Weights & Biases too, which has to be installed."""
    demonstrations: DemonstrationsConfig
    normalization: NormalizationConfig = NormalizationConfig()
    encoder: Annotated[Named, OneOf(list_encoders, encoder_config)]
    policy: Annotated[Named, OneOf(list_policies, policy_config)]
    student: ClonedStudentConfig = ClonedStudentConfig()
    train: BehaviorCloningConfig = BehaviorCloningConfig()
    simulation: SimulationConfig | None = None
    """Where the best student is rolled out in the end; null for nowhere."""
    evaluation: EvaluationConfig = EvaluationConfig()

    @property
    def frozen_dtype(self) -> torch.dtype:
        """What features of the frozen backbone are rounded to."""
        return self.train.features.torch_dtype


AnyRun = Annotated[RunConfig | BehaviorCloningRun, Field(discriminator="algorithm")]
"""Every kind of run; `algorithm` tells them apart."""
