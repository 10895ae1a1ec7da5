"""The replay buffer: one frame per time step, kept once, whole episodes only.

Frame stacks and action chunks are put together by indexing when a batch is drawn. Every episode
lasts equally long and the capacity is a whole number of episodes, so the steps of an episode are
neighbours and its limits follow from a step's index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, final

import numpy as np
import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from gdict import GDict, RingBuffer
from spawnnet_data import SampleIndex, SamplingConfig
from spawnnet_train.config.section import STRICT
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import Frame, FrameStack

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


@final
class ReplayBuffer:
    """Labelled episodes, from which batches are drawn uniformly over all steps.

    Args:
        config: What is kept.
        episode_steps: Steps of every episode.
        sampling: Frames and actions of a sample.
    """

    def __init__(self, config: ReplayConfig, episode_steps: int, sampling: SamplingConfig) -> None:
        self._depth_dtype = _DTYPES[config.depth_dtype]
        self._every = config.keep_every
        self._episode_steps = episode_steps
        self._kept_steps = -(-episode_steps // self._every)
        self._sampling = sampling
        # Offsets of frames count those that are kept.
        last = max(sampling.stack_idx)
        offsets = [(offset - last) // self._every for offset in sampling.stack_idx]
        offsets = [offset - offsets[0] for offset in offsets]
        self._seen = SamplingConfig(offsets, sampling.action_horizon)
        self._frames = RingBuffer(config.capacity_episodes * self._kept_steps)
        self._actions = RingBuffer(config.capacity_episodes * episode_steps)

    def __len__(self) -> int:
        """Return the number of samples kept."""
        return len(self._frames)

    @property
    def nbytes(self) -> int:
        """Bytes of memory taken."""
        return self._frames.nbytes + self._actions.nbytes

    def add_rollout(self, steps: Iterable[Step]) -> Step:
        """Keep one rollout, a labelled episode of every environment, and return its last step.

        Raises:
            ValueError: If the rollout is not as long as an episode.
        """
        frames, labels = [], []
        for index, step in enumerate(steps):
            if index % self._every == 0:
                assert step.frame is not None
                frames.append(self._compact(step.frame))
            labels.append({"action": torch.as_tensor(step.label)})
        if len(labels) != self._episode_steps:
            raise ValueError(f"Expected {self._episode_steps} steps, got {len(labels)}.")
        self._frames.append(_episodes(frames))
        self._actions.append(_episodes(labels))
        return step

    def sample(self, batch_size: int, generator: torch.Generator) -> Batch:
        """Return `batch_size` samples on the CPU, drawn with replacement."""
        drawn = torch.randint(len(self), (batch_size,), generator=generator)
        return self.batch(drawn)

    def batch(self, samples: Tensor) -> Batch:
        """Return samples by their numbers `(B,)`, int64, counted from the oldest one kept."""
        seen = self._index(self._kept_steps, self._seen)
        rows = samples.numpy()
        episodes, kept = seen.locate(rows)
        steps = episodes * self._episode_steps + kept * self._every  # (B,)
        chunks = self._index(self._episode_steps, self._sampling).chunks(steps)  # (B, T) each
        frames = _gather(self._frames, torch.from_numpy(seen.frames(rows)))
        if "depth" in frames["observation"]:
            frames["observation"]["depth"] = frames["observation"]["depth"].float()
        actions = _gather(self._actions, torch.from_numpy(chunks.indices))["action"]
        return Batch(FrameStack(**frames), actions, torch.from_numpy(chunks.mask))

    def _index(self, length: int, sampling: SamplingConfig) -> SampleIndex:
        return SampleIndex(np.full(len(self) // self._kept_steps, length), sampling)

    def _compact(self, frame: Frame) -> dict[str, Any]:
        """Return a frame as it is kept: on the CPU, depth in low precision."""
        observation = {name: tensor.cpu() for name, tensor in frame.observation.items()}
        if "depth" in observation:
            observation["depth"] = observation["depth"].to(self._depth_dtype)
        return {"observation": observation, "frozen": tuple(f.cpu() for f in frame.frozen)}


def _episodes(steps: Sequence[Any]) -> GDict:
    """Return the steps of N environments, `(N, ...)` each, as rows: one episode after another."""
    return GDict.stack(steps, axis=1).map(lambda tensor: tensor.flatten(0, 1))


def _gather(ring: RingBuffer, rows: Tensor) -> Any:
    """Return the rows of a `(B, X)` index as nested tensors `(B, X, ...)`."""
    gathered = ring.gather(rows.flatten())
    return gathered.map(lambda tensor: tensor.unflatten(0, rows.shape)).to_plain()
