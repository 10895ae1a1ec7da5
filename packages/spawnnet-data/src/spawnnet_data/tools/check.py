"""Find what is wrong with a data set before a training run does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem, listed
from spawnnet_data.sources.images import first_outside
from spawnnet_data.sources.source import (
    COUNTERS,
    FARTHEST,
    METRES,
    Array,
    DemonstrationSource,
    KeySpec,
    first_false,
    spec_problem,
)

# Images read at a time.
_BLOCK = 32
_TIME_KEY = "timestamp"


@dataclass(frozen=True)
class CheckConfig:
    """What counts as wrong.

    Attributes:
        keys: Keys to check, all if empty.
        ranges: Smallest and largest value allowed, by key.
        jump: A step is a jump if it is larger than this many times the ordinary one, which is the
            largest of a typical episode; of one or two episodes, the upper quartile of the steps
            that are not zero.
        read_images: Whether to read every image; without, only their number and shape is checked.

    Raises:
        ConfigurationError: If a range does not ascend, or the jump is below 0.
    """

    keys: Sequence[str] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    jump: float = 10.0
    read_images: bool = True

    def __post_init__(self) -> None:
        for key, (low, high) in self.ranges.items():
            if not low <= high:
                message = f"must ascend from low to high, got {low:g}:{high:g}."
                raise ConfigurationError(f"ranges.{key}", message)
        if not self.jump >= 0:
            raise ConfigurationError("jump", f"must be at least 0, got {self.jump:g}.")


def check_source(source: DemonstrationSource, config: CheckConfig) -> Iterator[list[Problem]]:
    """Yield the problems of the files, then those of each episode in turn.

    Raises:
        ConfigurationError: If the configuration names a key that does not exist.
    """
    for key in [*config.keys, *config.ranges]:
        if key not in source.keys:
            message = f"{key!r} does not exist, there are {listed(source.keys)}."
            raise ConfigurationError("keys", message)
    yield list(source.problems)
    checker = _Checker(source, config)
    for episode in range(len(source.episodes)):
        yield checker.check(episode)


@final
class _Checker:
    """Checks episodes against the first one and against the ordinary motion of all."""

    def __init__(self, source: DemonstrationSource, config: CheckConfig) -> None:
        self._source = source
        self._config = config
        self._keys = config.keys or source.keys
        self._expected: dict[str, KeySpec] = {}
        # Where numbers count or label something, a jump means nothing.
        moving = [key for key in self._keys if key.split("/")[-1] not in COUNTERS]
        self._ordinary = {key: _ordinary_step(source, key) for key in moving}

    def check(self, episode: int) -> list[Problem]:
        """Return the problems of an episode."""
        found = self._source.episodes[episode]
        problems = []
        for key in self._keys:
            place = Problem(str(found.file), "", found.name, key)
            try:
                for problem in self._check_key(episode, place):
                    problems.append(problem)
            except DataError as error:
                problems.append(error.problem)
        # A file that cannot be opened is told once, not for each of its keys.
        return list(dict.fromkeys(problems))

    def _check_key(self, episode: int, place: Problem) -> Iterator[Problem]:
        found = self._source.describe(episode, place.key)
        length = self._source.episodes[episode].length
        expected = self._expected.setdefault(place.key, found)
        problem = spec_problem(found, expected, length)
        if problem:
            step = min(found.length, length) if found.length != length else None
            yield replace(place, message=problem, step=step)
        if (found.kind, found.shape) != (expected.kind, expected.shape):
            return
        if found.kind == "array":
            yield from self._check_array(episode, place)
        elif self._config.read_images:
            yield from self._check_images(episode, place, found, min(found.length, length))

    def _check_images(
        self, episode: int, place: Problem, spec: KeySpec, length: int
    ) -> Iterator[Problem]:
        """Yield the first image with a value out of range; reading all finds damaged ones."""
        low, high = self._config.ranges.get(place.key, _ordinary_range(spec))
        advice = ""
        if spec.kind == "depth":
            advice = (
                f" {spec.unit or 'm'}; set the `unit` of the view, and `unknown: [inf, nan]` where "
                "these mean that a distance is unknown"
            )
        message = f"a value is NaN or outside of {low:g} to {high:g}{advice}."
        is_known = False
        for start in range(0, length, _BLOCK):
            steps = np.arange(start, min(start + _BLOCK, length))
            step = first_outside(self._source.read(episode, place.key, steps), low, high)
            if step is not None and not is_known:
                yield replace(place, message=message, step=start + step)
                is_known = True

    def _check_array(self, episode: int, place: Problem) -> Iterator[Problem]:
        values = self._source.read(episode, place.key).astype(np.float64)
        step = first_false(np.isfinite(values))
        if step is not None:
            yield replace(place, message="a value is NaN or infinite.", step=step)
            return
        if place.key in self._config.ranges:
            low, high = self._config.ranges[place.key]
            step = first_outside(values, low, high)
            if step is not None:
                message = f"a value lies outside of {low:g} to {high:g}."
                yield replace(place, message=message, step=step)
        if place.key.split("/")[-1] == _TIME_KEY:
            yield from _time_gaps(values.ravel(), self._source.rate, place)
        ordinary = self._ordinary.get(place.key)
        if ordinary is not None:
            yield from _jumps(values, self._config.jump * ordinary, place)


def _ordinary_range(spec: KeySpec) -> tuple[float, float]:
    """Return the least and the largest value that images of a kind have, as stored."""
    return (0.0, FARTHEST / METRES[spec.unit or "m"] if spec.kind == "depth" else 255.0)


def _step_sizes(values: Array) -> NDArray[np.float64]:
    """Return how far each dimension moves from one time step to the next, `(L - 1, D)`."""
    width = int(np.prod(values.shape[1:]))
    # Between two infinite values there is no step.
    with np.errstate(invalid="ignore"):
        return np.abs(np.diff(values.reshape(len(values), width), axis=0))


def _jumps(values: Array, largest: NDArray[np.float64], place: Problem) -> Iterator[Problem]:
    steps = _step_sizes(values)
    jumps, dims = np.nonzero(steps > largest)
    if len(jumps):
        step, dim = int(jumps[0]), int(dims[0])
        message = (
            f"dimension {dim} jumps by {steps[step, dim]:.4g} here, "
            f"more than {largest[dim]:.4g}; {len(np.unique(jumps))} jumps in this episode."
        )
        yield replace(place, message=message, step=step + 1)


def _time_gaps(times: Array, rate: float | None, place: Problem) -> Iterator[Problem]:
    """Yield the first time step that does not follow its predecessor by one period."""
    steps = np.diff(times)
    if not len(steps):
        return
    period = 1 / rate if rate else float(np.median(steps))
    gaps = np.flatnonzero(np.abs(steps - period) > 0.5 * abs(period))
    if len(gaps):
        message = (
            f"the time moves by {steps[gaps[0]]:.4g} s instead of {period:.4g} s; "
            f"{len(gaps)} such gaps in this episode."
        )
        yield replace(place, message=message, step=int(gaps[0]) + 1)


def _ordinary_step(source: DemonstrationSource, key: str) -> NDArray[np.float64] | None:
    """Return the ordinary step of each dimension, the median over episodes.

    Contacts and grippers make a few steps of every episode large, so the largest is the measure,
    unless there are too few episodes for a median that one jump does not move.
    """
    level = 1.0 if len(source.episodes) > 2 else 0.75
    rows = []
    for episode in range(len(source.episodes)):
        try:
            if source.describe(episode, key).kind != "array":
                return None
            values = source.read(episode, key).astype(np.float64)
        except DataError:
            # Reported when the episode itself is checked.
            continue
        steps = _step_sizes(values)
        steps[~(steps > 0) | np.isinf(steps)] = np.nan
        known = ~np.isnan(steps).all(0) if len(steps) else np.zeros(steps.shape[1], bool)
        row = np.full(steps.shape[1], np.nan)
        row[known] = np.nanquantile(steps[:, known], level, axis=0)
        rows.append(row)
    return _column_medians(rows)


def _column_medians(rows: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Return the median of each column without NaN; infinite where there is nothing else."""
    same = [row for row in rows if row.shape == rows[0].shape]
    if not same:
        return None
    columns = np.stack(same).T
    known = [column[~np.isnan(column)] for column in columns]
    return np.array([np.median(column) if len(column) else np.inf for column in known])
