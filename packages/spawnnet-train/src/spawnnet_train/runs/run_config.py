"""The whole configuration of a run: each section is defined beside what it configures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

import spawnnet_train.algorithms.builtin  # noqa: F401 - registers them
from spawnnet_encoders import encoder_config, list_encoders
from spawnnet_policies import list_policies, policy_config
from spawnnet_train.algorithms.registry import algorithm_config, list_algorithms
from spawnnet_train.config.choices import Named, OneOf
from spawnnet_train.config.section import STRICT
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.rollouts.evaluation import EvaluationConfig
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.student.config import StudentConfig


@dataclass(frozen=True, kw_only=True, config=ConfigDict(**STRICT, defer_build=True))
class RunConfig:
    """A run: what is learned by which algorithm, from what, and how it is measured."""

    experiment: Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=200)]
    """Folder of the run below `output`; by default named as the file."""
    imports: tuple[str, ...] = ()
    """Modules to import first, which register encoders, heads, tasks, engines or algorithms."""
    algorithm: Annotated[Named, OneOf(list_algorithms, algorithm_config)]
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides everything random: weights, episodes, batches, augmentation."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    """`auto` is the first CUDA device, or the CPU where there is none."""
    threads: Annotated[int, Field(ge=1)] | None = None
    """Threads of torch on the CPU; by default one per core."""
    output: Path = Path("runs")
    """Where the folders of experiments are; relative to the working directory."""
    wandb: Literal["online", "offline"] | None = None
    """Log to Weights & Biases too, which has to be installed."""
    simulation: SimulationConfig | None = None
    """Where students are rolled out; null for nowhere."""
    encoder: Annotated[Named, OneOf(list_encoders, encoder_config)]
    policy: Annotated[Named, OneOf(list_policies, policy_config)]
    student: StudentConfig = StudentConfig()
    train: LearningConfig = LearningConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
