"""Rollouts as they are learned from: whole episodes, of which every k-th step was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from gdict import GDict
from spawnnet_data import FieldStatistics
from spawnnet_train.config.section import STRICT
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.frames import PROPRIOCEPTION, Frame
from spawnnet_train.student.student import Student

_DTYPES = {"float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ReplayConfig:
    """What is kept of the episodes collected."""

    capacity_episodes: Annotated[int, Field(ge=1)] = 200
    """Episodes kept; beyond them the oldest are dropped."""
    keep_every: Annotated[int, Field(ge=1)] = 1
    """Steps from one that is learned from to the next; neighbours hardly differ. Offsets of
    `student.stack_idx` must be multiples of it."""
    depth_dtype: Literal["float16", "float32"] = "float16"
    """Precision of kept depth; `float16` rounds by at most 0.5 mm below 2 m."""


class RecordedRollout(NamedTuple):
    """N episodes of L steps, of which K were seen, on the CPU; rows are one after another.

    Attributes:
        frames: N x K rows: `observation`, and what only a simulator knows, `quantities`.
        actions: N x L rows `action`: the expert's.
        success: `(N,)`, bool.
        frozen: N x K rows of features of the frozen backbone.
    """

    frames: GDict
    actions: GDict
    success: NDArray[np.bool_]
    frozen: tuple[torch.Tensor, ...] = ()

    def without_images(self) -> RecordedRollout:
        """Return what takes little memory of it."""
        frames = self.frames.to_plain()
        seen = frames["observation"]
        rest = {PROPRIOCEPTION: seen[PROPRIOCEPTION]}
        return self._replace(frames=GDict({**frames, "observation": rest}), frozen=())


def record_rollout(
    steps: Iterable[Step], config: ReplayConfig, advance: Callable[[], None]
) -> RecordedRollout:
    """Return what is kept of a rollout whose states were labelled; `advance` hears of each step."""
    frames, frozen, labels = [], [], []
    for index, step in enumerate(steps):
        if index % config.keep_every == 0:
            assert step.frame is not None
            frames.append(_compact(step.frame, config) | {"quantities": _tensors(step.quantities)})
            frozen.append(tuple(part.cpu() for part in step.frame.frozen))
        labels.append({"action": torch.as_tensor(step.label)})
        advance()
    parts = zip(*frozen, strict=True)
    rows = tuple(torch.stack(part, 1).flatten(0, 1) for part in parts)
    return RecordedRollout(_episodes(frames), _episodes(labels), step.success, rows)


def fit_normalization(
    student: Student, config: StudentConfig, rollouts: Sequence[RecordedRollout]
) -> FieldStatistics:
    """Let rollouts decide how proprioception and privileged targets are normalised.

    Returns:
        The statistics of proprioception.
    """
    frames = [rollout.frames.to_plain() for rollout in rollouts]
    states = torch.cat([frame["observation"][PROPRIOCEPTION] for frame in frames])
    statistics = FieldStatistics.of(states.numpy())
    if config.proprioception:
        student.proprioception.fit(statistics, config.normalization.proprioception)
    if (heads := student.targets) is not None:
        heads.fit(torch.cat([heads.select(frame["quantities"]) for frame in frames]))
    return statistics


def _compact(frame: Frame, config: ReplayConfig) -> dict[str, Any]:
    """Return what was seen as it is kept: on the CPU, depth in low precision."""
    observation = {name: tensor.cpu() for name, tensor in frame.observation.items()}
    if "depth" in observation:
        observation["depth"] = observation["depth"].to(_DTYPES[config.depth_dtype])
    return {"observation": observation}


def _tensors(quantities: Any) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(values) for name, values in (quantities or {}).items()}


def _episodes(steps: Sequence[Any]) -> GDict:
    """Return the steps of N environments, `(N, ...)` each, as rows: one episode after another."""
    return GDict.stack(steps, axis=1).map(lambda tensor: tensor.flatten(0, 1))
