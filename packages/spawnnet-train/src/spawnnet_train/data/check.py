"""Find what is wrong with a data set before a training run does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from spawnnet_train.data.demonstrations import spec_problem
from spawnnet_train.data.images import first_outside
from spawnnet_train.data.problem import DataError, Problem
from spawnnet_train.data.source import Array, DemonstrationSource, KeySpec, first_false

# Images read at a time.
_BLOCK = 32
# Depth (m) beyond which the unit is more likely millimetres.
_FARTHEST = 100.0
_TIME_KEY = "timestamp"
# Where numbers count or label something, a jump means nothing.
_COUNTERS = ("index", "episode_index", "frame_index", "task_index", _TIME_KEY)


@dataclass(frozen=True)
class CheckConfig:
    """What counts as wrong.

    Attributes:
        keys: Keys to check, all if empty.
        ranges: Smallest and largest value allowed, by key.
        jump: A step is a jump if it is larger than this many times the ordinary one, which is the
            upper quartile of the steps that are not zero.
        read_images: Whether to read every image; without, only their number and shape is checked.
    """

    keys: Sequence[str] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    jump: float = 10.0
    read_images: bool = True


def check_source(source: DemonstrationSource, config: CheckConfig) -> Iterator[list[Problem]]:
    """Yield the problems of the files, then those of each episode in turn.

    Raises:
        ValueError: If the configuration names a key that does not exist.
    """
    for key in [*config.keys, *config.ranges]:
        if key not in source.keys:
            raise ValueError(f"keys: {key!r} does not exist, there are {', '.join(source.keys)}.")
    yield list(source.problems)
    keys = config.keys or source.keys
    expected: dict[str, KeySpec] = {}
    ordinary = {
        key: _ordinary_step(source, key) for key in keys if key.split("/")[-1] not in _COUNTERS
    }
    for episode in range(len(source.episodes)):
        problems: list[Problem] = []
        for key in keys:
            try:
                problems += _check_key(source, episode, key, config, expected, ordinary.get(key))
            except DataError as error:
                place = _place(source, episode, key)
                problems.append(error.problem or replace(place, message=str(error)))
        yield problems


def _check_key(
    source: DemonstrationSource,
    episode: int,
    key: str,
    config: CheckConfig,
    expected: dict[str, KeySpec],
    ordinary: NDArray[np.float64] | None,
) -> Iterator[Problem]:
    found = source.describe(episode, key)
    length = source.episodes[episode].length
    place = _place(source, episode, key)
    problem = spec_problem(found, expected.setdefault(key, found), length)
    if problem:
        step = min(found.length, length) if found.length != length else None
        yield replace(place, message=problem, step=step)
    if (found.kind, found.shape) != (expected[key].kind, expected[key].shape):
        return
    if found.kind == "array":
        yield from _check_array(source, episode, key, config, ordinary, place)
    elif config.read_images:
        for start in range(0, min(found.length, length), _BLOCK):
            steps = np.arange(start, min(start + _BLOCK, found.length, length))
            images = source.read(episode, key, steps)
            for defect in _image_defects(images, key, found.kind == "depth", config, place):
                yield replace(defect, step=start + (defect.step or 0))


def _image_defects(
    images: Array, key: str, is_depth: bool, config: CheckConfig, place: Problem
) -> Iterator[Problem]:
    if not is_depth:
        low, high = config.ranges.get(key, (0, 255))
    else:
        low, high = config.ranges.get(key, (0.0, _FARTHEST))
    step = first_outside(images, low, high)
    if step is not None:
        unit = " m; for millimetres set depth_scale: 0.001" if is_depth else ""
        message = f"a value is NaN or outside of {low:g} to {high:g}{unit}."
        yield replace(place, message=message, step=step)


def _check_array(
    source: DemonstrationSource,
    episode: int,
    key: str,
    config: CheckConfig,
    ordinary: NDArray[np.float64] | None,
    place: Problem,
) -> Iterator[Problem]:
    values = source.read(episode, key).astype(np.float64)
    step = first_false(np.isfinite(values))
    if step is not None:
        yield replace(place, message="a value is NaN or infinite.", step=step)
        return
    if key in config.ranges:
        low, high = config.ranges[key]
        step = first_outside(values, low, high)
        if step is not None:
            message = f"a value lies outside of {low:g} to {high:g}."
            yield replace(place, message=message, step=step)
    if key.split("/")[-1] == _TIME_KEY:
        yield from _time_gaps(values.ravel(), source.rate, place)
    elif ordinary is not None:
        yield from _jumps(values, config.jump * ordinary, place)


def _jumps(values: Array, largest: NDArray[np.float64], place: Problem) -> Iterator[Problem]:
    steps = np.abs(np.diff(values.reshape(len(values), -1), axis=0))
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
    """Return the upper quartile of nonzero steps of each dimension, the median over episodes."""
    quartiles = []
    for episode in range(len(source.episodes)):
        try:
            if source.describe(episode, key).kind != "array":
                return None
            values = source.read(episode, key).astype(np.float64)
        except DataError:
            # Reported when the episode itself is checked.
            continue
        steps = np.abs(np.diff(values.reshape(len(values), -1), axis=0))
        steps[~(steps > 0) | np.isinf(steps)] = np.nan
        known = ~np.isnan(steps).all(0) if len(steps) else np.zeros(steps.shape[1], bool)
        quartile = np.full(steps.shape[1], np.nan)
        quartile[known] = np.nanquantile(steps[:, known], 0.75, axis=0)
        quartiles.append(quartile)
    return _column_medians(quartiles)


def _column_medians(rows: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Return the median of each column without NaN; infinite where there is nothing else."""
    same = [row for row in rows if row.shape == rows[0].shape]
    if not same:
        return None
    columns = np.stack(same).T
    known = [column[~np.isnan(column)] for column in columns]
    return np.array([np.median(column) if len(column) else np.inf for column in known])


def _place(source: DemonstrationSource, episode: int, key: str) -> Problem:
    found = source.episodes[episode]
    return Problem(str(found.file), "", found.name, key)
