"""Statistics of actions and proprioception, computed in one sweep of constant memory each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.reading.demonstrations import Demonstrations, Floats

_BINS = 4096
_QUANTILES = (0.01, 0.99)


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


@dataclass(frozen=True)
class Statistics:
    """Statistics of a set of demonstrations, kept with whatever is trained on it."""

    actions: FieldStatistics
    proprioception: FieldStatistics


def compute_statistics(demonstrations: Demonstrations) -> Statistics:
    """Return the statistics of a set of demonstrations, reading each episode twice."""
    return Statistics(
        _compute(demonstrations, demonstrations.actions),
        _compute(demonstrations, demonstrations.proprioception),
    )


def _compute(demonstrations: Demonstrations, read: Callable[[int], Floats]) -> FieldStatistics:
    def episodes() -> Iterator[NDArray[np.float64]]:
        for index in range(len(demonstrations)):
            yield read(index).astype(np.float64)

    count, mean, squares = 0, np.zeros(()), np.zeros(())
    minimum, maximum = np.full((), np.inf), np.full((), -np.inf)
    for values in episodes():
        # Chan et al., "Updating formulae and a pairwise algorithm", 1979: merge two samples.
        delta = values.mean(0) - mean
        total = count + len(values)
        squares = squares + ((values - values.mean(0)) ** 2).sum(0)
        squares = squares + delta**2 * count * len(values) / total
        mean = mean + delta * len(values) / total
        count = total
        minimum = np.minimum(minimum, values.min(0))
        maximum = np.maximum(maximum, values.max(0))
    q01, q99 = _quantiles(episodes(), minimum, maximum)
    std = np.asarray(np.sqrt(squares / count))
    return FieldStatistics(count, *map(_floats, (minimum, maximum, mean, std, q01, q99)))


def _floats(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _quantiles(
    episodes: Iterator[NDArray[np.float64]],
    minimum: NDArray[np.float64],
    maximum: NDArray[np.float64],
) -> NDArray[np.float64]:
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
