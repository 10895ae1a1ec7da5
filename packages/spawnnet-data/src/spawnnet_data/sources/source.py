"""The interface that every format of demonstrations is read through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import DataError, Problem

Array = NDArray[Any]
Kind = Literal["rgb", "depth", "array"]
# Last parts of keys that count or label time steps.
COUNTERS = ("index", "episode_index", "frame_index", "task_index", "timestamp")
# Distance (m) beyond which the unit is more likely another one.
FARTHEST = 100.0
# Metres per unit of distance.
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}


@dataclass(frozen=True)
class Episode:
    """One demonstration.

    Attributes:
        name: Unique within the source.
        length: Number of time steps, from the actions where there are any.
        file: The file to name in messages; where an episode is spread over several, the first.
        task: Instruction in words, or empty.
    """

    name: str
    length: int
    file: Path
    task: str = ""


@dataclass(frozen=True)
class KeySpec:
    """What `DemonstrationSource.read` returns for one key of one episode.

    Attributes:
        kind: `rgb`, `depth`, or `array` for everything else.
        shape: Shape of one time step: `(3, H, W)` for rgb, `(1, H, W)` for depth.
        dtype: uint8 for rgb, float32 for depth.
        length: Number of time steps there are of this key.
        unit: Unit that the stored type implies for depth, `mm` for integers of 16 bits or more and
            `m` for floats; empty where it implies none.
        names: Name of each value of a time step, empty where the files do not tell.
    """

    kind: Kind
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    length: int
    unit: str = ""
    names: tuple[str, ...] = ()


class DemonstrationSource(Protocol):
    """Episodes in one format, read lazily.

    One key is one camera or one quantity. Whatever the layout of the files, an rgb key reads as
    `(T, 3, H, W)` uint8 and a depth key as `(T, 1, H, W)` float32 in the unit of the file; other
    keys read as they are. Opening reads names and lengths only; a source can be pickled.
    """

    @property
    def path(self) -> Path:
        """Where the data set is."""

    @property
    def format(self) -> str:
        """Name of the format and its version."""

    @property
    def episodes(self) -> Sequence[Episode]:
        """The episodes that can be read, in natural order."""

    @property
    def keys(self) -> Sequence[str]:
        """Every key, as far as the first episodes tell."""

    @property
    def splits(self) -> Mapping[str, Sequence[int]]:
        """Episodes of each named part, as positions in `episodes`."""

    @property
    def rate(self) -> float | None:
        """Time steps per second (Hz), or None where the files do not tell."""

    @property
    def problems(self) -> Sequence[Problem]:
        """Why files or episodes are missing from `episodes`."""

    def describe(self, episode: int, key: str) -> KeySpec:
        """Return what `read` would give, without reading it.

        Raises:
            DataError: If the episode lacks the key, or its file cannot be opened.
        """

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """Return the given time steps of a key, or all; only these are read from the files.

        Args:
            episode: Position in `episodes`.
            key: One of `keys`.
            steps: `(n,)` integers in [0, length), in any order.

        Raises:
            DataError: If the data is missing or damaged; the problem names the step.
        """

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """Read keys of one shape side by side, without a copy where the files allow it.

        Args:
            episode: Position in `episodes`.
            keys: K cameras.
            steps: `(n,)`, as of `read`.
            out: `(n, K, *shape)`, contiguous, of the dtype of the keys; filled.

        Raises:
            DataError: As `read`.
        """

    def close(self) -> None:
        """Close open files; the source can be used again."""


def first_spec(source: DemonstrationSource, key: str) -> KeySpec:
    """Return what the first episode that has a key says of it.

    Raises:
        DataError: If none has it.
    """
    problem = Problem(str(source.path), "holds no episode that can be read.")
    for episode in range(len(source.episodes)):
        try:
            return source.describe(episode, key)
        except DataError as error:
            problem = error.problem if episode == 0 else problem
    raise DataError(problem)


def kinds_of(source: DemonstrationSource) -> dict[str, Kind]:
    """Return the kind of every key that some episode has and that can be read."""
    kinds: dict[str, Kind] = {}
    for key in source.keys:
        try:
            kinds[key] = first_spec(source, key).kind
        except DataError:
            # `unreadable_keys` tells.
            continue
    return kinds


def unreadable_keys(source: DemonstrationSource) -> list[Problem]:
    """Return why keys that are there cannot be read in any episode."""
    problems = []
    for key in source.keys if source.episodes else ():
        try:
            first_spec(source, key)
        except DataError as error:
            problems.append(error.problem)
    return problems


def spec_problem(found: KeySpec, expected: KeySpec, length: int) -> str | None:
    """Return what keeps a key of an episode from being used, or None.

    One time step more than the episode has is fine: it is what is seen after the last action.
    """
    if found.length not in (length, length + 1):
        return f"has {found.length} time steps, but the episode has {length}."
    if (found.kind, found.shape, found.unit) != (expected.kind, expected.shape, expected.unit):
        return f"holds {_told(found)}, but {_told(expected)} in the first episode."
    return None


def _told(spec: KeySpec) -> str:
    unit = f" in {spec.unit}" if spec.unit else ""
    return f"{spec.kind} of shape {spec.shape}{unit}"


def read_each_into(
    source: DemonstrationSource,
    episode: int,
    keys: Sequence[str],
    steps: NDArray[np.int64],
    out: Array,
) -> None:
    """Do what `DemonstrationSource.read_into` promises by reading one key after another."""
    for k, key in enumerate(keys):
        out[:, k] = source.read(episode, key, steps)


def select_steps(steps: ArrayLike | None, length: int, place: Problem) -> NDArray[np.int64]:
    """Return `steps` as an array, all of them for None.

    Raises:
        DataError: If a step lies outside of `length`, at `place`.
    """
    if steps is None:
        return np.arange(length)
    chosen = np.asarray(steps, np.int64)
    outside = (chosen < 0) | (chosen >= length)
    if outside.any():
        step = int(chosen[outside][0])
        message = f"step {step} does not exist, there are {length}."
        raise DataError(Problem(place.file, message, place.episode, place.key, step))
    return chosen


def consecutive_runs(steps: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield `(position, start, stop)` of maximal runs: `steps[position:]` begins `start, ...`."""
    breaks = np.flatnonzero(np.diff(steps) != 1) + 1
    for position, end in zip([0, *breaks], [*breaks, len(steps)], strict=True):
        if end > position:
            yield int(position), int(steps[position]), int(steps[end - 1]) + 1


def first_false(claims: NDArray[np.bool_]) -> int | None:
    """Return the first index along the leading axis at which not every claim holds, or None."""
    holds = claims.all(tuple(range(1, claims.ndim)))
    return None if holds.all() else int(np.flatnonzero(~holds)[0])


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts `traj_2` before `traj_10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
