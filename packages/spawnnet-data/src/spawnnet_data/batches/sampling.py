"""Which time steps make up a sample, and in which order samples come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class SamplingConfig:
    """What a sample holds.

    Attributes:
        stack_idx: Offsets of its frames, ascending; the largest is the present. `[0, 1, 2, 3]` are
            the last four frames, `[0, 2, 4]` every second one.
        action_horizon: T, number of actions from the present on.
    """

    stack_idx: Sequence[int] = (0,)
    action_horizon: int = 1

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        offsets = list(self.stack_idx)
        if not offsets or min(offsets) < 0 or offsets != sorted(set(offsets)):
            raise ValueError(f"stack_idx: must be ascending and not negative, got {offsets}.")
        if self.action_horizon < 1:
            raise ValueError(f"action_horizon: must be at least 1, got {self.action_horizon}.")


@final
class SampleIndex:
    """One sample for every time step of every episode.

    Before the start of an episode its first frame is repeated; beyond its end the last action is,
    where the mask is false.
    """

    def __init__(self, lengths: Indices, config: SamplingConfig) -> None:
        self._lengths = lengths
        self._ends = np.cumsum(lengths)
        self._offsets = np.asarray(config.stack_idx) - max(config.stack_idx)
        self._horizon = np.arange(config.action_horizon)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def locate(self, samples: Indices) -> tuple[Indices, Indices]:
        """Return episode and time step of samples, each `(B,)`."""
        episodes = np.searchsorted(self._ends, samples, side="right")
        return episodes, samples - self._starts(episodes)

    def frames(self, samples: Indices) -> Indices:
        """Return the frames of samples, `(B, F)`: numbered like samples, through all episodes."""
        episodes, steps = self.locate(samples)
        times: Indices = np.maximum(steps[:, None] + self._offsets, 0)
        return self._starts(episodes)[:, None] + times

    def chunks(self, samples: Indices) -> tuple[Indices, NDArray[np.bool_]]:
        """Return time steps within the episode and mask of action chunks, each `(B, T)`."""
        episodes, steps = self.locate(samples)
        times = steps[:, None] + self._horizon
        last = self._lengths[episodes][:, None] - 1
        return np.minimum(times, last), times <= last

    def _starts(self, episodes: Indices) -> Indices:
        starts: Indices = self._ends[episodes] - self._lengths[episodes]
        return starts


@dataclass(frozen=True)
class BatchRequest:
    """The samples of one batch, and the epoch that their augmentation depends on."""

    epoch: int
    samples: Indices


@final
class EpochSampler(Sampler[BatchRequest]):
    """Batches of an epoch, in an order that depends on the seed and the epoch alone.

    Workers are handed whole batches, so that their number changes neither the order nor the set.

    Attributes:
        epoch: The epoch that the next iteration gives.
        first_batch: Batches to leave out at the start of the next iteration, to resume within an
            epoch.
    """

    def __init__(
        self,
        num_samples: int,
        batch_size: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        run_length: int = 1,
    ) -> None:
        """Set the order.

        Args:
            num_samples: Number of samples of an epoch.
            batch_size: B.
            seed: Seed of the order.
            shuffle: Whether to shuffle at all.
            drop_last: Leave out a last batch of fewer than B samples.
            run_length: Shuffle runs of this many neighbouring samples instead of single ones.
                Neighbours share frames, so fewer images are read, of less varied batches.

        Raises:
            ValueError: If a size is not positive.
        """
        if min(num_samples, batch_size, run_length) < 1:
            sizes = f"{num_samples}, {batch_size} and {run_length}"
            raise ValueError(
                f"num_samples, batch_size and run_length must be positive, got {sizes}."
            )
        self.epoch = 0
        self.first_batch = 0
        self._num_samples = num_samples
        self._batch_size = batch_size
        self._seed = seed
        self._shuffle = shuffle
        self._drop_last = drop_last
        self._run_length = run_length

    def __len__(self) -> int:
        full, rest = divmod(self._num_samples, self._batch_size)
        return full + (rest > 0 and not self._drop_last)

    def __iter__(self) -> Iterator[BatchRequest]:
        order = self._order()
        for batch in range(self.first_batch, len(self)):
            start = batch * self._batch_size
            yield BatchRequest(self.epoch, order[start : start + self._batch_size])

    def _order(self) -> Indices:
        samples = np.arange(self._num_samples)
        if not self._shuffle:
            return samples
        generator = np.random.default_rng((self._seed, self.epoch))
        # The grid of runs moves, so that neighbours are not always the same.
        shift = int(generator.integers(self._run_length))
        cuts = np.arange(shift, self._num_samples, self._run_length)
        runs = np.split(samples, cuts[cuts > 0])
        return np.concatenate([runs[i] for i in generator.permutation(len(runs))])
