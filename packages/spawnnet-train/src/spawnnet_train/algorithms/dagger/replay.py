"""The replay buffer: one frame per time step, kept once, whole episodes only.

Frame stacks and action chunks are put together by indexing when a batch is drawn. Every episode
lasts equally long and the capacity is a whole number of episodes, so the steps of an episode are
neighbours and its limits follow from a step's index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from gdict import RingBuffer
from spawnnet_data import SampleIndex, SamplingConfig
from spawnnet_train.algorithms.dagger.recorded import RecordedRollout, ReplayConfig
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack


@final
class ReplayBuffer:
    """Labelled episodes, from which batches are drawn uniformly over all steps.

    Args:
        config: What is kept.
        episode_steps: Steps of every episode.
        sampling: Frames and actions of a sample.
        targets: Names of the quantities that samples have as privileged targets.
    """

    def __init__(
        self,
        config: ReplayConfig,
        episode_steps: int,
        sampling: SamplingConfig,
        targets: Sequence[str] = (),
    ) -> None:
        self._targets = targets
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

    def add(self, rollout: RecordedRollout) -> None:
        """Keep one rollout.

        Raises:
            ValueError: If it is not as long as an episode.
        """
        length = len(rollout.actions["action"]) // len(rollout.success)
        if length != self._episode_steps:
            raise ValueError(f"Expected {self._episode_steps} steps, got {length}.")
        self._frames.append({**rollout.frames.to_plain(), "frozen": rollout.frozen})
        self._actions.append(rollout.actions)

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
        known = frames.pop("quantities")  # (B, F, k) each, the last of the present
        targets = [known[name][:, -1] for name in self._targets]
        return Batch(
            FrameStack(**frames),
            actions,
            torch.from_numpy(chunks.mask),
            torch.cat(targets, 1) if targets else None,
        )

    def _index(self, length: int, sampling: SamplingConfig) -> SampleIndex:
        return SampleIndex(np.full(len(self) // self._kept_steps, length), sampling)


def _gather(ring: RingBuffer, rows: Tensor) -> Any:
    """Return the rows of a `(B, X)` index as nested tensors `(B, X, ...)`."""
    gathered = ring.gather(rows.flatten())
    return gathered.map(lambda tensor: tensor.unflatten(0, rows.shape)).to_plain()
