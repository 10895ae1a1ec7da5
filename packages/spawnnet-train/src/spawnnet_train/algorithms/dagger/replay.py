"""The replay buffer: one frame per time step, kept once, whole episodes only.

Frame stacks and action chunks are put together by indexing when a batch is drawn. Every episode
lasts equally long and the capacity is a whole number of episodes, so the steps of an episode are
neighbours and its limits follow from a step's index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, final

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from gdict import GDict, RingBuffer
from spawnnet_train.config.section import STRICT
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import Frame, FrameStack
from spawnnet_train.student.student import Batch

_DTYPES = {"float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ReplayConfig:
    """What is kept of the episodes collected."""

    capacity_episodes: Annotated[int, Field(ge=1)] = 200
    """Episodes kept; beyond them the oldest are dropped."""
    frozen_dtype: Literal["float16", "float32"] = "float16"
    """Precision of the kept features of the frozen backbone."""
    depth_dtype: Literal["float16", "float32"] = "float16"
    """Precision of kept depth; `float16` rounds by at most 0.5 mm below 2 m."""

    @property
    def frozen_torch_dtype(self) -> torch.dtype:
        """`frozen_dtype` as torch's."""
        return _DTYPES[self.frozen_dtype]

    @property
    def depth_torch_dtype(self) -> torch.dtype:
        """`depth_dtype` as torch's."""
        return _DTYPES[self.depth_dtype]


class Windows(NamedTuple):
    """Which steps make up a batch.

    Attributes:
        frames: `(B, F)`, int64: steps seen, the last of them the sample's own.
        actions: `(B, T)`, int64: steps whose actions are predicted; the episode's last step
            stands in for those after its end.
        mask: `(B, T)`, bool: false after the end.
    """

    frames: Tensor
    actions: Tensor
    mask: Tensor


def windows(steps: Tensor, *, episode_steps: int, num_frames: int, action_horizon: int) -> Windows:
    """Return the steps before and after `steps` `(B,)` that lie in the same episode."""
    first = (steps - steps % episode_steps).unsqueeze(1)
    last = first + episode_steps - 1
    frames = steps.unsqueeze(1) + torch.arange(1 - num_frames, 1)
    actions = steps.unsqueeze(1) + torch.arange(action_horizon)
    return Windows(frames.maximum(first), actions.minimum(last), actions <= last)


@final
class ReplayBuffer:
    """Labelled episodes, from which batches are drawn uniformly over all steps.

    Args:
        config: What is kept.
        episode_steps: Steps of every episode.
        num_frames: F, frames of a sample.
        action_horizon: T, actions of a sample.
    """

    def __init__(
        self, config: ReplayConfig, *, episode_steps: int, num_frames: int, action_horizon: int
    ) -> None:
        self._depth_dtype = config.depth_torch_dtype
        self._episode_steps = episode_steps
        self._num_frames = num_frames
        self._action_horizon = action_horizon
        capacity = config.capacity_episodes * episode_steps
        self._frames = RingBuffer(capacity)
        self._actions = RingBuffer(capacity)

    def __len__(self) -> int:
        """Return the number of steps kept."""
        return len(self._actions)

    @property
    def nbytes(self) -> int:
        """Bytes of memory taken."""
        return self._frames.nbytes + self._actions.nbytes

    def add_rollout(self, steps: Iterable[Step]) -> Step:
        """Keep one rollout, a whole labelled episode of every cell, and return its last step.

        Raises:
            ValueError: If the rollout is not as long as an episode.
        """
        frames, labels = [], []
        for step in steps:
            frames.append(self._compact(step.frame))
            labels.append({"action": torch.as_tensor(step.label)})
        if len(frames) != self._episode_steps:
            raise ValueError(f"Expected {self._episode_steps} steps, got {len(frames)}.")
        self._frames.append(_episodes(frames))
        self._actions.append(_episodes(labels))
        return step

    def sample(self, batch_size: int, generator: torch.Generator) -> Batch:
        """Return `batch_size` samples on the CPU, drawn with replacement."""
        drawn = torch.randint(len(self), (batch_size,), generator=generator)
        return self.batch(drawn)

    def batch(self, steps: Tensor) -> Batch:
        """Return the samples of `steps` `(B,)`, int64, counted from the oldest step kept."""
        chosen = windows(
            steps,
            episode_steps=self._episode_steps,
            num_frames=self._num_frames,
            action_horizon=self._action_horizon,
        )
        frames = _gather(self._frames, chosen.frames)
        frames["observation"]["depth"] = frames["observation"]["depth"].float()
        actions = _gather(self._actions, chosen.actions)["action"]
        return Batch(FrameStack(**frames), actions, chosen.mask)

    def _compact(self, frame: Frame) -> dict[str, Any]:
        """Return a frame as it is kept: on the CPU, depth in low precision."""
        observation = {name: tensor.cpu() for name, tensor in frame.observation.items()}
        observation["depth"] = observation["depth"].to(self._depth_dtype)
        return {"observation": observation, "frozen": tuple(f.cpu() for f in frame.frozen)}


def _episodes(steps: Sequence[Any]) -> GDict:
    """Return the steps of N cells, `(N, ...)` each, as rows: cell after cell, step after step."""
    return GDict.stack(steps, axis=1).map(lambda tensor: tensor.flatten(0, 1))


def _gather(ring: RingBuffer, rows: Tensor) -> Any:
    """Return the rows of a `(B, X)` index as nested tensors `(B, X, ...)`."""
    gathered = ring.gather(rows.flatten())
    return gathered.map(lambda tensor: tensor.unflatten(0, rows.shape)).to_plain()
