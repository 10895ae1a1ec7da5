"""Look on while steps of a rollout pass by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from numpy.typing import NDArray

from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import PROPRIOCEPTION


def watched(
    steps: Iterable[Step], states: list[NDArray[Any]], advance: Callable[[], None]
) -> Iterator[Step]:
    """Pass steps on, keeping the robot's own state `(N, S)` of each."""
    for step in steps:
        if step.frame is not None:
            states.append(step.frame.observation[PROPRIOCEPTION].cpu().numpy())
        yield step
        advance()
