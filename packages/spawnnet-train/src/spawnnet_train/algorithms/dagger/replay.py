"""The replay buffer: one frame per time step, kept once, in memory or in files of the run.

Frame stacks and action chunks are put together by indexing when a batch is drawn. Every episode
lasts equally long and the capacity is a whole number of episodes, so the steps of an episode are
neighbours and its limits follow from a step's index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, final

import numpy as np
import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from gdict import DictArray, RingBuffer
from spawnnet_config.section import STRICT
from spawnnet_data import SampleIndex, SamplingConfig
from spawnnet_encoders import Encoder, FeatureFormat
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack, compact

_TARGET = "target "  # before the names of privileged targets among what was seen


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ReplayConfig:
    """What is kept of the episodes collected, and where.

    Places: `memory`, `disk` (files of the run), and `none`, which computes features again in every
    update. `auto` takes memory where everything fits, else disk, else none.
    """

    capacity_episodes: Annotated[int, Field(ge=1)] = 200
    """Episodes kept; beyond them the oldest are dropped."""
    keep_every: Annotated[int, Field(ge=1)] = 1
    """Steps from one that is learned from to the next; neighbours hardly differ. Offsets of
    `student.stack_idx` must be multiples of it."""
    depth_dtype: Literal["float16", "float32"] = "float16"
    """Precision of kept depth; `float16` rounds by at most 0.5 mm below 2 m."""
    images: Literal["auto", "memory", "disk"] = "auto"
    """Where images and depth are kept, and all that is small beside them. A run whose images are on
    `disk`, and its features not in `memory`, is resumed without repeating rollouts."""
    frozen: Literal["auto", "memory", "disk", "none"] = "auto"
    """Where features of the frozen backbone are kept, in `student.frozen_format`."""
    keep_files: bool = False
    """Whether files stay when the run is finished."""

    @property
    def torch_depth_dtype(self) -> torch.dtype:
        """The precision of kept depth, as torch has it."""
        dtype: torch.dtype = getattr(torch, self.depth_dtype)
        return dtype

    @property
    def outlives_the_process(self) -> bool:
        """Whether all that is learned from lies on disk."""
        return self.images == "disk" and self.frozen != "memory"


@final
class ReplayBuffer:
    """Labelled episodes, from which batches are drawn uniformly over all steps.

    Args:
        config: What is kept, and where; `auto` is memory.
        episode_steps: Steps of every episode.
        sampling: Frames and actions of a sample.
        folder: For what is kept on disk. Files that are there are gone on with by `go_on`.
        targets: Names of the quantities that samples have as privileged targets.

    Attributes:
        kept_steps: Steps of an episode that are kept.
    """

    def __init__(
        self,
        config: ReplayConfig,
        episode_steps: int,
        sampling: SamplingConfig,
        folder: Path | None = None,
        targets: Sequence[str] = (),
    ) -> None:
        self._targets = targets
        self._config, self._folder = config, folder
        self._every = config.keep_every
        self._episode_steps = episode_steps
        self.kept_steps = -(-episode_steps // self._every)
        self._sampling = sampling
        # Offsets of frames count those that are kept.
        last = max(sampling.stack_idx)
        offsets = [(offset - last) // self._every for offset in sampling.stack_idx]
        offsets = [offset - offsets[0] for offset in offsets]
        self._seen = SamplingConfig(offsets, sampling.action_horizon)
        self.go_on(0)

    def go_on(self, num_episodes: int) -> None:
        """Go on from files with what was there after `num_episodes`, forgetting what came later.

        Raises:
            GDictFileError: If they are not there.
        """
        self._frames = self._ring("frames", self._config.images, num_episodes)
        self._frozen = self._ring("frozen", self._config.frozen, num_episodes)
        self._actions = self._ring("actions", self._config.images, num_episodes)

    @property
    def has_files(self) -> bool:
        """Whether there are files of a process that has ended."""
        return self._folder is not None and (self._folder / "frames").is_dir()

    def _ring(self, name: str, place: str, num_episodes: int) -> RingBuffer:
        steps = self._episode_steps if name == "actions" else self.kept_steps
        folder = None
        if place == "disk":
            assert self._folder is not None
            folder = self._folder / name
        capacity = self._config.capacity_episodes * steps
        past = 0 if place == "none" else num_episodes * steps  # what is nowhere has no past
        return RingBuffer(capacity, folder, reserve=True, num_appended=past)

    def __len__(self) -> int:
        """Return the number of samples kept."""
        return len(self._frames)

    @property
    def nbytes(self) -> int:
        """Bytes of memory taken."""
        return self._frames.nbytes + self._frozen.nbytes + self._actions.nbytes

    def add_rollout(self, steps: Iterable[Step]) -> Step:
        """Keep one rollout, a labelled episode of every environment, and return its last step.

        Each step is written as it comes, so that memory holds no episode beside those kept there.

        Raises:
            ValueError: If the rollout is not as long as an episode.
        """
        count = 0
        for index, step in enumerate(steps):
            if index % self._every == 0:
                assert step.frame is not None
                kept = index // self._every
                _put(self._frames, self._compact(step), kept, self.kept_steps)
                if self._config.frozen != "none" and step.frame.frozen:
                    frozen = tuple(part.cpu() for part in step.frame.frozen)
                    _put(self._frozen, frozen, kept, self.kept_steps)
            label = {"action": torch.as_tensor(step.label)}
            _put(self._actions, label, index, self._episode_steps)
            count += 1
        if count != self._episode_steps:
            raise ValueError(f"Expected {self._episode_steps} steps, got {count}.")
        return step

    def batch(self, samples: Tensor) -> Batch:
        """Return samples on the CPU; their stack has no frozen features where none are kept.

        Args:
            samples: `(B,)`, int64: their numbers, counted from the oldest one kept.
        """
        seen = self._index(self.kept_steps, self._seen)
        rows = samples.numpy()
        episodes, kept = seen.locate(rows)
        steps = episodes * self._episode_steps + kept * self._every  # (B,)
        chunks = self._index(self._episode_steps, self._sampling).chunks(steps)  # (B, T) each
        rows_seen = torch.from_numpy(seen.frames(rows))
        observation = _gather(self._frames, rows_seen)
        if "depth" in observation:
            observation["depth"] = observation["depth"].float()
        frozen = _gather(self._frozen, rows_seen) if len(self._frozen) else ()
        actions = _gather(self._actions, torch.from_numpy(chunks.indices))["action"]
        targets = [observation.pop(f"{_TARGET}{name}")[:, -1] for name in self._targets]
        return Batch(
            FrameStack(observation, frozen),
            actions,
            torch.from_numpy(chunks.mask),
            torch.cat(targets, 1) if targets else None,
        )

    def _index(self, length: int, sampling: SamplingConfig) -> SampleIndex:
        return SampleIndex(np.full(len(self) // self.kept_steps, length), sampling)

    def _compact(self, step: Step) -> dict[str, Any]:
        """Return what was seen as it is kept, with targets."""
        assert step.frame is not None
        observation = compact(step.frame.observation, self._config.torch_depth_dtype)
        for name in self._targets:
            assert step.quantities is not None
            observation[f"{_TARGET}{name}"] = torch.as_tensor(step.quantities[name])
        return observation


def with_features(batch: Batch, encoder: Encoder, to: FeatureFormat) -> Batch:
    """Return a batch whose features are computed now, in the format in which they would be kept."""
    frozen = encoder.frozen_features(batch.stack.observation["rgb"], format=to)
    return batch._replace(stack=batch.stack._replace(frozen=frozen))


def _put(ring: RingBuffer, rows: Any, step: int, episode_steps: int) -> None:
    """Keep a step of N environments, `(N, ...)` each, where it belongs: episodes lie in one piece.

    Args:
        ring: Is extended by N episodes at their first step.
        rows: Of the step.
        step: Its number within the episode.
        episode_steps: Steps of an episode that are kept.
    """
    data = DictArray(rows)
    if step == 0:
        ring.extend(len(data) * episode_steps, data)
    places = len(ring) + step + episode_steps * np.arange(-len(data), 0)
    is_kept = places >= 0  # a rollout may have more episodes than are kept
    ring.put(places[is_kept], data[is_kept])


def _gather(ring: RingBuffer, rows: Tensor) -> Any:
    """Return the rows of a `(B, X)` index as nested tensors `(B, X, ...)`."""
    gathered = ring.gather(rows.flatten())
    return gathered.map(lambda tensor: tensor.unflatten(0, rows.shape)).to_plain()
