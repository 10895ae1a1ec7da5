"""Actions and proprioception of a mapping: some keys of an episode, side by side."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.reading.views import Floats
from spawnnet_data.sources.source import DemonstrationSource, KeySpec, first_false

# Bytes of actions and proprioception that stay in memory, of each set and in each process that
# reads it: 4 million time steps of 16 numbers.
_KEPT_BYTES = 256 * 10**6


@final
class VectorReader:
    """Reads keys of an episode side by side; those read last stay in memory."""

    def __init__(self, source: DemonstrationSource, expected: Mapping[str, KeySpec]) -> None:
        """Take a source with the specs of the mapped keys."""
        self._source = source
        self._expected = expected
        self._recent: RecentlyUsed[tuple[int, Sequence[str]], Floats] = RecentlyUsed(
            self._load, _KEPT_BYTES, sys.getsizeof
        )

    def width(self, keys: Sequence[str]) -> int:
        """Return how many numbers a time step has."""
        return sum(int(np.prod(self._expected[key].shape, dtype=int)) for key in keys)

    def read(self, episode: int, keys: Sequence[str]) -> Floats:
        """Return what `load` returns, from memory where it was read lately."""
        return self._recent.get((episode, tuple(keys)))

    def load(self, episode: int, keys: Sequence[str]) -> Floats:
        """Return the values of an episode of the source, `(L, width)` float32 as stored.

        Raises:
            DataError: If a value is NaN or infinite, or cannot be read.
        """
        described = self._source.episodes[episode]
        columns: list[Floats] = [np.empty((described.length, 0), np.float32)]
        for key in keys:
            # There may be one observation more, of the state after the last action.
            values = self._source.read(episode, key)[: described.length].astype(np.float32)
            columns.append(values.reshape(described.length, -1))
            step = first_false(np.isfinite(values))
            if step is not None:
                message = "a value is NaN or infinite."
                raise DataError(Problem(str(described.file), message, described.name, key, step))
        return np.concatenate(columns, 1)

    def _load(self, where: tuple[int, Sequence[str]]) -> Floats:
        return self.load(*where)
