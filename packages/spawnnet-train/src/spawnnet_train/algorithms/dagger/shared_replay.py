"""Batches drawn over the replay buffers of all processes, as one process draws from one buffer."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from spawnnet_jobs.together.ranks import Share
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer
from spawnnet_train.student.batch import Batch


@final
class SharedReplay:
    """Knows which samples the buffers of all processes hold together, and which of them are here.

    All processes draw the same numbers, and each takes what it has.

    Args:
        share: Environments of this process.
        capacity: Episodes that all processes keep.
    """

    def __init__(self, share: Share, capacity: int) -> None:
        self._share, self._capacity = share, capacity

    @property
    def own_capacity(self) -> int:
        """Episodes that this process has to keep, so that none is missing."""
        rollouts, rest = divmod(self._capacity, self._share.total)
        return rollouts * self._share.size + min(self._share.size, rest)

    def num_episodes(self, num_rollouts: int) -> int:
        """Return how many episodes are kept after some rollouts of all environments."""
        return min(self._capacity, num_rollouts * self._share.total)

    def sample(
        self, replay: ReplayBuffer, batch_size: int, num_rollouts: int, generator: torch.Generator
    ) -> tuple[Batch, Tensor]:
        """Draw a batch with replacement, uniformly over all steps.

        Args:
            replay: Of this process.
            batch_size: Samples of all processes together.
            num_rollouts: Of all environments, so far.
            generator: In the same state in all processes.

        Returns:
            The samples that this process has, on the CPU, or one that is masked where it has none;
            and their places in the whole batch, `(B,)` int64 on the CPU.
        """
        steps, share = replay.kept_steps, self._share
        kept = self.num_episodes(num_rollouts)
        drawn = torch.randint(kept * steps, (batch_size,), generator=generator)
        # Episodes are numbered rollout by rollout, in each of them environment by environment.
        number = drawn // steps + num_rollouts * share.total - kept  # (B,)
        rollout, env = number // share.total, number % share.total - share.first
        places = ((env >= 0) & (env < share.size)).nonzero().flatten()
        oldest = num_rollouts * share.size - len(replay) // steps
        own = (rollout * share.size + env - oldest) * steps + drawn % steps
        if len(places):
            return replay.batch(own[places]), places
        padding = replay.batch(torch.zeros(1, dtype=torch.int64))
        masked = padding._replace(mask=torch.zeros_like(padding.mask))
        return masked, torch.zeros(1, dtype=torch.int64)
