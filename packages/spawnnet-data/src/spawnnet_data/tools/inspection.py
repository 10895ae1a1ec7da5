"""What is in a data set, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.source import Array, DemonstrationSource, KeySpec, first_spec

# Images looked at per camera for the range; every value of other keys is.
_IMAGES = 16


@dataclass(frozen=True)
class KeySummary:
    """One key of a data set.

    Attributes:
        key: Name.
        spec: Kind, shape and dtype; None if no episode has it.
        low: Smallest value, without NaN.
        high: Largest value, without NaN.
        problem: Why the key could not be read in the first episode where that is so, or empty.
    """

    key: str
    spec: KeySpec | None = None
    low: float = float("nan")
    high: float = float("nan")
    problem: str = ""


def summarize(source: DemonstrationSource) -> list[KeySummary]:
    """Return a summary of every key; images are sampled, everything else is read in turn."""
    return [_summarize(source, key) for key in source.keys]


def _summarize(source: DemonstrationSource, key: str) -> KeySummary:
    try:
        spec = first_spec(source, key)
    except DataError as error:
        return KeySummary(key, problem=str(error))
    low, high, problem = np.nan, np.nan, ""
    for episode in _chosen(source, spec):
        try:
            values = _read(source, episode, key, spec)
        except DataError as error:
            problem = problem or str(error)
            continue
        if not values.size:
            continue
        low = float(np.fmin(low, np.fmin.reduce(values, None)))
        high = float(np.fmax(high, np.fmax.reduce(values, None)))
    return KeySummary(key, spec, low, high, problem)


def _chosen(source: DemonstrationSource, spec: KeySpec) -> range:
    count = len(source.episodes)
    return range(count) if spec.kind == "array" else range(0, count, max(1, count // _IMAGES))


def _read(source: DemonstrationSource, episode: int, key: str, spec: KeySpec) -> Array:
    middle = [source.episodes[episode].length // 2]
    return source.read(episode, key, None if spec.kind == "array" else middle)
