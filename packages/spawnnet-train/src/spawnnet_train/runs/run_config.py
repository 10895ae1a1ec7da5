"""The whole configuration of a run: each section is defined beside what it configures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

import spawnnet_train.algorithms.builtin  # noqa: F401 - registers them
from spawnnet_config.choices import Named, OneOf
from spawnnet_config.section import STRICT
from spawnnet_encoders import encoder_config, list_encoders
from spawnnet_jobs.slurm.config import SlurmConfig
from spawnnet_policies import list_policies, policy_config
from spawnnet_train.algorithms.registry import algorithm_config, list_algorithms
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.rollouts.evaluation import EvaluationConfig
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.student.config import StudentConfig


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """A run: what is learned by which algorithm, from what, and how it is measured."""

    # Not one of pydantic's, which are built once: what can be chosen is asked anew each time.
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    experiment: Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=200)]
    """Folder of the run below `output`; by default named as the file."""
    imports: tuple[str, ...] = ()
    """Modules to import first, which register encoders, heads, tasks, engines or algorithms."""
    algorithm: Annotated[Named, OneOf(list_algorithms, algorithm_config)]
    """How the student learns, and from what."""
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
    """What turns images into features."""
    policy: Annotated[Named, OneOf(list_policies, policy_config)]
    """The head, which turns features into actions."""
    student: StudentConfig = field(default_factory=StudentConfig)
    """Which frames and numbers the student is given, and how many steps it predicts."""
    train: LearningConfig = field(default_factory=LearningConfig)
    """Batches, optimiser and the like, whatever the algorithm."""
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    """Where and how often the student is rolled out alone."""
    slurm: SlurmConfig | None = None
    """What `submit` and `sweep --slurm` ask of a cluster; it decides nothing of the run itself."""
    sweep: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Paths of settings with the values that `spawnnet-train sweep` combines, such as
    `{train.optimizer.lr: [1e-4, 3e-4], seed: [0, 1, 2]}`; `run` leaves it alone."""
