"""What every way to learn offers to the training loop: periods of work, and batches in them.

The loop owns student, learner, console, logs and checkpoints. An algorithm decides where batches
come from and what is measured; it is told of the student once, and reports progress to whoever it
is handed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from spawnnet_jobs.terminal.reporter import Reporter
from spawnnet_train.algorithms.storage import Part
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student

ConfigT = TypeVar("ConfigT")


class RunSettings(Protocol):
    """What of a run's configuration an algorithm reads beside its own section."""

    @property
    def seed(self) -> int:
        """Decides everything random."""

    @property
    def device(self) -> str:
        """What it computes on, as `auto`, or as torch writes it."""

    @property
    def simulation(self) -> SimulationConfig | None:
        """The simulation, if there is one."""

    @property
    def student(self) -> StudentConfig:
        """What the student sees and how far ahead it plans."""

    @property
    def train(self) -> LearningConfig:
        """Batch size and the like."""


class Sight(NamedTuple):
    """What a configuration alone says of the images that its student will see.

    Attributes:
        views: Names of the cameras.
        image_size: (H, W) in pixels; None where the data will tell.
        section: Where in the configuration views and image sizes are chosen.
        has_depth: Whether any view has depth.
    """

    views: tuple[str, ...]
    image_size: tuple[int, int] | None
    section: str
    has_depth: bool = True


@dataclass(frozen=True)
class PeriodReport:
    """What a period came to.

    Attributes:
        metrics: Numbers for the logs, such as `val/mse_L1`.
        score: The lower, the better the student; None where nothing was measured. It decides which
            checkpoint is `best`, and when to stop early.
        cells: What the console shows of it, by the title of the column.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None
    cells: Mapping[str, str] = field(default_factory=dict)


class LabelledEpisode(NamedTuple):
    """An episode of L steps with the actions that a student should take.

    Attributes:
        split: The set that it is from.
        name: What the episode is called.
        observation: `rgb` `(L, V, 3, H, W)` uint8, `depth` `(L, V, 1, H, W)` float32 in metres if
            there is any, `proprioception` `(L, S)` float32.
        actions: `(L, A)`, float32.
        frozen: `(L, V, ...)` each, what the frozen network makes of `rgb`, where that is kept.
    """

    split: str
    name: str
    observation: Mapping[str, NDArray[Any]]
    actions: NDArray[np.float32]
    frozen: tuple[Tensor, ...] | None = None


class Algorithm(ABC, Generic[ConfigT]):
    """A way to learn.

    The loop calls `open`, then `set_up` with a student for the algorithm's `spec`, then for every
    period `begin`, an update for each of `batches`, and `end`; `finish` after the last. `begin` and
    `end` find the student with the weights that it should act with.

    Attributes:
        period: What a period is called: an epoch, a round.
        first_number: What the first one is numbered when shown.
        keep_every: Periods from one student that is kept as a checkpoint to the next; None keeps
            none of them.
        measures: Whether periods have a score.
        asks_expert: Whether the expert of the simulation labels what is learned.
        spec: What the student sees and does; `begin` may add statistics to it.
        num_periods: Periods of a whole run.
    """

    period: ClassVar[str] = "period"
    first_number: ClassVar[int] = 1
    keep_every: int | None = None
    measures: ClassVar[bool] = False
    asks_expert: ClassVar[bool] = False
    spec: StudentSpec
    num_periods: int

    @classmethod
    @abstractmethod
    def open(cls, config: ConfigT, run: RunSettings) -> Self:
        """Open what is learned from.

        Raises:
            ConfigError: If it is missing or does not fit.
        """

    @classmethod
    @abstractmethod
    def sight(cls, config: ConfigT, run: RunSettings) -> Sight:
        """Return what the student will see, as far as the configuration tells."""

    @classmethod
    def check(cls, config: ConfigT, run: RunSettings) -> None:
        """Check what sections must agree on, before anything is opened.

        Raises:
            SettingError: With the path from the root of the configuration.
        """

    def storage(self, student: Student) -> Sequence[Part]:
        """Return what is large of what will be kept, so that a run can say whether it fits."""
        del student
        return ()

    def keep_in(self, folder: Path, config: ConfigT) -> None:
        """Take the section with every `auto` decided, and a folder of the run; before `set_up`.

        Args:
            folder: For what is kept on disk until the run has ended.
            config: The algorithm's section.
        """

    @classmethod
    def missing(cls, config: ConfigT) -> list[str]:
        """Return what the configuration names and this machine does not have, a sentence each.

        Raises:
            ConfigError: If something that is there is not what the configuration says.
        """
        del config
        return []

    @abstractmethod
    def set_up(self, student: Student) -> None:
        """Take the student, on its device."""

    @abstractmethod
    def num_updates(self, period: int) -> int:
        """Return the number of updates of a period."""

    def begin(self, period: int, reporter: Reporter) -> None:
        """Do what comes before the updates of a period, such as rollouts."""

    @abstractmethod
    def batches(self, period: int, first: int) -> Iterator[Batch]:
        """Return the batches of a period on the student's device, from number `first` on."""

    def watch(self, batch: Batch, features: Tensor) -> None:
        """See a batch with its features `(B, D)`, before the update on it."""

    def end(self, period: int, loss: float, reporter: Reporter) -> PeriodReport:
        """Measure what the period came to.

        Args:
            period: Its number.
            loss: Mean over its updates.
            reporter: Shows progress.
        """
        return PeriodReport()

    def state(self) -> dict[str, Any]:
        """Return what of the algorithm changes from update to update, fit for JSON."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""

    def rebuild(
        self, periods: int, load_student: Callable[[int], None], reporter: Reporter
    ) -> None:
        """Make again what is not kept on disk, when a run goes on.

        Args:
            periods: How many have begun.
            load_student: Gives the student the weights that it had at the end of a period, for
                algorithms that keep them.
            reporter: Shows progress.
        """

    def finish(self) -> None:
        """Delete what only training needed: the run has come to its end."""

    def describe(self) -> dict[str, str]:
        """Return what is learned from, for the header of a run."""
        return {}

    def labelled_episodes(self, limit: int | None) -> Iterator[LabelledEpisode]:
        """Yield episodes to look at, at most `limit` of each set; none if there are none."""
        return iter(())

    def num_labelled_episodes(self, limit: int | None) -> int:
        """Return how many `labelled_episodes` yields, for a progress bar."""
        return 0

    def close(self) -> None:
        """Free what `open` opened."""
