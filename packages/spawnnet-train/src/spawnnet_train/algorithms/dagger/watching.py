"""Look on while steps of a rollout pass by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_data import FieldStatistics
from spawnnet_jobs.together.collectives import gather
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.frames import PROPRIOCEPTION
from spawnnet_train.student.student import Student


class Watched(NamedTuple):
    """What rollouts tell of the scale of things, a row for each environment and step seen.

    Attributes:
        states: `(N, S)` each: the robot's own state.
        quantities: What only a simulator knows.
    """

    states: list[NDArray[Any]]
    quantities: list[Mapping[str, NDArray[np.float32]]]

    def watch(self, steps: Iterable[Step], advance: Callable[[], None]) -> Iterator[Step]:
        """Pass steps on and take in those that were seen."""
        for step in steps:
            if step.frame is not None:
                self.states.append(step.frame.observation[PROPRIOCEPTION].cpu().numpy())
                self.quantities.append(step.quantities or {})
            yield step
            advance()

    def of_all_processes(self) -> Watched:
        """Return what every process has watched, step by step in the order of environments."""
        everyone = gather(tuple(self))
        states, quantities = (list(zip(*part, strict=True)) for part in zip(*everyone, strict=True))
        return Watched(
            [np.concatenate(step) for step in states],
            [{n: np.concatenate([q[n] for q in step]) for n in step[0]} for step in quantities],
        )

    def fit(self, student: Student, config: StudentConfig) -> FieldStatistics:
        """Let this decide how proprioception and privileged targets are normalised.

        Returns:
            The statistics of proprioception.
        """
        statistics = FieldStatistics.of(np.concatenate(self.states))
        if config.proprioception:
            student.proprioception.fit(statistics, config.normalization.proprioception)
        if (heads := student.targets) is not None:
            heads.fit(torch.cat([heads.select(known) for known in self.quantities]))
        return statistics
