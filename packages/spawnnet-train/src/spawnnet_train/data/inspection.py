"""What is in a data set, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spawnnet_train.data.problem import DataError
from spawnnet_train.data.source import Array, DemonstrationSource, KeySpec

# Images looked at per camera for the range; every value of other keys is.
_IMAGES = 16


@dataclass(frozen=True)
class KeySummary:
    """One key of a data set.

    Attributes:
        key: Name.
        spec: Kind, shape and dtype in the first episode; None if it cannot be read there.
        low: Smallest value, without NaN.
        high: Largest value, without NaN.
        problem: Why the key could not be read, or empty.
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
    spec = None
    lows, highs = [], []
    try:
        spec = source.describe(0, key)
        for episode in _chosen(source, spec):
            values = _read(source, episode, key, spec)
            lows.append(float(np.nanmin(values)))
            highs.append(float(np.nanmax(values)))
    except DataError as error:
        return KeySummary(key, spec, problem=str(error))
    return KeySummary(key, spec, min(lows), max(highs))


def _chosen(source: DemonstrationSource, spec: KeySpec) -> range:
    count = len(source.episodes)
    return range(count) if spec.kind == "array" else range(0, count, max(1, count // _IMAGES))


def _read(source: DemonstrationSource, episode: int, key: str, spec: KeySpec) -> Array:
    middle = [source.episodes[episode].length // 2]
    return source.read(episode, key, None if spec.kind == "array" else middle)
