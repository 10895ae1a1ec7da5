"""In which order samples come, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from torch.utils.data import Sampler

from spawnnet_data.batches.windows import Indices
from spawnnet_data.common.errors import ConfigurationError


@dataclass(frozen=True)
class BatchRequest:
    """The samples of one batch, and the epoch that their augmentation depends on.

    Attributes:
        epoch: Number of the epoch.
        samples: `(B,)`, numbers of the samples.
        is_padding: Whether they stand for no sample at all, so that all of them are masked.
    """

    epoch: int
    samples: Indices
    is_padding: bool = False


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
        part: tuple[int, int] = (0, 1),
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
            part: `(k, n)`: the samples of each batch that come here, part k of n, counted from 0.
                All n parts together are the batch; one that would be empty is a masked sample.

        Raises:
            ConfigurationError: If a size is not positive, or there is no such part.
        """
        sizes = {"num_samples": num_samples, "batch_size": batch_size, "run_length": run_length}
        for name, size in sizes.items():
            if size < 1:
                raise ConfigurationError(name, f"must be positive, got {size}.")
        if not 0 <= part[0] < part[1]:
            raise ConfigurationError("part", f"must be (k, n) with 0 <= k < n, got {part}.")
        self.epoch = 0
        self.first_batch = 0
        self._num_samples = num_samples
        self._batch_size = batch_size
        self._seed = seed
        self._shuffle = shuffle
        self._drop_last = drop_last
        self._run_length = run_length
        self._part, self._num_parts = part

    def __len__(self) -> int:
        full, rest = divmod(self._num_samples, self._batch_size)
        return full + (rest > 0 and not self._drop_last)

    def __iter__(self) -> Iterator[BatchRequest]:
        order = self._order()
        for batch in range(self.first_batch, len(self)):
            start = batch * self._batch_size
            yield self._request(order[start : start + self._batch_size])

    def _request(self, samples: Indices) -> BatchRequest:
        """Return the part of a batch that comes here."""
        begin, end = (len(samples) * k // self._num_parts for k in (self._part, self._part + 1))
        if begin == end:
            return BatchRequest(self.epoch, samples[:1], is_padding=True)
        return BatchRequest(self.epoch, samples[begin:end])

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
