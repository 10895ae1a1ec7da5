"""The one place where whatever goes wrong in a reader becomes an error of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem, reason
from spawnnet_data.sources.source import Array, DemonstrationSource, KeySpec


@contextmanager
def guard(place: Problem) -> Iterator[None]:
    """Turn every error of parsing, shape or memory into a `DataError` at a place.

    Files of strangers make the libraries that read them fail in more ways than can be listed; the
    original error stays attached as the cause.
    """
    try:
        yield
    except (DataError, ConfigurationError):
        raise
    except Exception as error:
        message = f"cannot be read, {reason(error)} ({type(error).__name__})."
        raise DataError(replace(place, message=message)) from error


@final
class GuardedSource:
    """A source whose readers may trust their files; see `DemonstrationSource`."""

    def __init__(self, source: DemonstrationSource) -> None:
        self._source = source
        self.path = source.path
        self.format = source.format
        self.episodes = tuple(source.episodes)
        self.keys = tuple(source.keys)
        self.splits: Mapping[str, Sequence[int]] = dict(source.splits)
        self.rate = source.rate
        self.problems = tuple(source.problems)

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        with guard(self._place(episode, key)):
            return self._source.describe(episode, key)

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        place = self._place(episode, key)
        with guard(place):
            spec = self._source.describe(episode, key)
            values = self._source.read(episode, key, steps)
        expected = (spec.length if steps is None else np.size(steps), *spec.shape)
        if (values.shape, values.dtype) != (expected, spec.dtype):
            message = f"holds {values.dtype} {values.shape}, expected {spec.dtype} {expected}."
            raise DataError(replace(place, message=message))
        return values

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """See `DemonstrationSource`."""
        with guard(self._place(episode, keys[0] if keys else "")):
            self._source.read_into(episode, keys, steps, out)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._source.close()

    def _place(self, episode: int, key: str) -> Problem:
        found = self.episodes[episode]
        return Problem(str(found.file), "", found.name, key)
