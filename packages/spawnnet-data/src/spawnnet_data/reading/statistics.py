"""Statistics of actions and proprioception, in constant memory whatever the size of the set.

Two sweeps: one for ranges, means and deviations, and one for the quantiles, whose histograms need
the ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.views import Floats

_BINS = 4096
_QUANTILES = (0.01, 0.99)

_Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class FieldStatistics:
    """Statistics of every dimension of one field.

    Attributes:
        count: Number of time steps.
        minimum: Smallest value.
        maximum: Largest value.
        mean: Mean.
        std: Standard deviation (of the population).
        q01: 1 % quantile, within 1/4096 of the range.
        q99: 99 % quantile, likewise.
    """

    count: int
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    q01: tuple[float, ...]
    q99: tuple[float, ...]

    @classmethod
    def of(cls, values: ArrayLike) -> Self:
        """Return the statistics of N time steps that lie in memory.

        Args:
            values: `(N, D)`, at least one time step; computed with in float64.

        Raises:
            ValueError: If the shape is another, or a value is NaN or infinite.
        """
        array = np.asarray(values, np.float64)
        if array.ndim != 2 or not len(array):
            raise ValueError(f"values must be (N, D) with N above 0, got shape {array.shape}.")
        if not np.isfinite(array).all():
            raise ValueError("values must be finite.")
        return cls.of_parts(lambda: [array])

    @classmethod
    def of_parts(cls, parts: Callable[[], Iterable[_Doubles]]) -> Self:
        """Return the statistics of more time steps than fit into memory.

        Args:
            parts: Returns the parts, each `(n, D)` float64 and finite with n above 0; called twice.
        """
        count, mean, squares = 0, np.zeros(()), np.zeros(())
        minimum, maximum = np.full((), np.inf), np.full((), -np.inf)
        for values in parts():
            # Chan et al., "Updating formulae and a pairwise algorithm", 1979: merge two samples.
            delta = values.mean(0) - mean
            total = count + len(values)
            squares = squares + ((values - values.mean(0)) ** 2).sum(0)
            squares = squares + delta**2 * count * len(values) / total
            mean = mean + delta * len(values) / total
            count = total
            minimum = np.minimum(minimum, values.min(0))
            maximum = np.maximum(maximum, values.max(0))
        q01, q99 = _quantiles(parts(), minimum, maximum)
        std = np.asarray(np.sqrt(squares / count))
        return cls(count, *map(_floats, (minimum, maximum, mean, std, q01, q99)))


@dataclass(frozen=True)
class Statistics:
    """Statistics of a set of demonstrations, kept with whatever is trained on it."""

    actions: FieldStatistics
    proprioception: FieldStatistics


def compute_statistics(demonstrations: Demonstrations) -> Statistics:
    """Return the statistics of a set of demonstrations, reading each episode twice."""

    def parts(read: Callable[[int], Floats]) -> Iterator[_Doubles]:
        return (read(index).astype(np.float64) for index in range(len(demonstrations)))

    return Statistics(
        FieldStatistics.of_parts(lambda: parts(demonstrations.actions)),
        FieldStatistics.of_parts(lambda: parts(demonstrations.proprioception)),
    )


def _floats(values: _Doubles) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _quantiles(episodes: Iterable[_Doubles], minimum: _Doubles, maximum: _Doubles) -> _Doubles:
    """Return the quantiles of each dimension, `(2, D)`, from histograms over its range."""
    width = np.where(maximum > minimum, maximum - minimum, 1.0)
    counts = np.zeros((len(minimum), _BINS))
    dims = np.arange(len(minimum))
    for values in episodes:
        bins = np.minimum((values - minimum) / width * _BINS, _BINS - 1).astype(np.int64)
        np.add.at(counts, (np.broadcast_to(dims, bins.shape), bins), 1)
    shares = counts.cumsum(1) / np.maximum(counts.sum(1, keepdims=True), 1)
    edges = np.arange(1, _BINS + 1) / _BINS
    found = [[np.interp(q, share, edges) for share in shares] for q in _QUANTILES]
    quantiles = minimum + np.reshape(found, (2, len(minimum))) * width
    return np.asarray(np.minimum(quantiles, maximum))
