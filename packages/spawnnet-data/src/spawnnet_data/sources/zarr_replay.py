"""Replay buffers of Diffusion Policy: `data/*` over all episodes, `meta/episode_ends` splits them.

A directory or a `.zarr.zip`. Images are `(T, H, W, 3)`, uint8 or float32 in 0 to 255 (or 0 to 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import DataError, Problem, listed, reason
from spawnnet_data.common.extras import require
from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.images import ImageLayout, colour_scale, decode_images, find_layout
from spawnnet_data.sources.source import (
    Array,
    Episode,
    KeySpec,
    natural_key,
    read_each_into,
    select_steps,
)
from spawnnet_data.sources.zarr_chunks import ChunkedRows
from spawnnet_data.sources.zarr_store import ZarrStore

_OPEN_ARRAYS = 64


@final
class ReplayBufferSource:
    """A replay buffer of Diffusion Policy; see `DemonstrationSource`."""

    def __init__(self, path: Path, *, follow_links: bool = False) -> None:
        """Read the ends of the episodes.

        Args:
            path: A directory or a zip file.
            follow_links: Whether files outside of it may be read.

        Raises:
            DataError: If there are none, or they do not ascend.
            ConfigurationError: If zarr is not installed.
        """
        require("zarr", "zarr")
        self.path = path
        self.format = "Diffusion Policy zarr"
        self.rate: float | None = None
        self.splits: dict[str, tuple[int, ...]] = {}
        self.problems: tuple[Problem, ...] = ()
        self._store = ZarrStore(path, follow_links)
        self._arrays: RecentlyUsed[str, Any] = RecentlyUsed(self._open, _OPEN_ARRAYS)
        self._rows: RecentlyUsed[str, ChunkedRows] = RecentlyUsed(self._open_rows, _OPEN_ARRAYS)
        self._lost: RecentlyUsed[str, frozenset[int]] = RecentlyUsed(self._find_lost, _OPEN_ARRAYS)
        self._scales: RecentlyUsed[str, float] = RecentlyUsed(self._find_scale, _OPEN_ARRAYS)
        ends = self._episode_ends()
        self._starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        lengths = (ends - self._starts).tolist()
        self.episodes = tuple(Episode(f"episode_{i}", n, path) for i, n in enumerate(lengths))
        names = filter(self._is_no_text, self._store.array_names("data"))
        self.keys = tuple(sorted(names, key=natural_key))

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        array, layout = self._array(episode, key)
        available = int(array.shape[0]) - int(self._starts[episode])
        length = max(0, min(self.episodes[episode].length, available))
        shape, dtype = tuple(array.shape), np.dtype(array.dtype)
        if layout is None:
            return KeySpec("array", shape[1:], dtype, length)
        return layout.spec(shape, dtype, length)

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        array, layout = self._array(episode, key)
        place = self._place(episode, key)
        chosen = select_steps(steps, self.describe(episode, key).length, place)
        values = self._read_rows(array, chosen, int(self._starts[episode]), place)
        if layout is None:
            return values
        find_scale = partial(self._scales.get, key)
        return decode_images(values, layout, chosen, place, find_scale=find_scale)

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """See `DemonstrationSource`."""
        read_each_into(self, episode, keys, steps, out)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._arrays.close()
        self._rows.close()
        self._store.close()

    def _read_rows(self, array: Any, steps: Any, start: int, place: Problem) -> Array:
        lost = self._lost.get(place.key)
        for step in steps.tolist() if lost else ():
            if (start + step) // array.chunks[0] in lost:
                message = "the chunk is missing, it would read as if everything were 0."
                raise DataError(replace(place, message=message, step=step))
        try:
            return self._rows.get(place.key).read(start + steps)
        except (OSError, RuntimeError, ValueError) as error:
            rows = self._rows.get(place.key)
            step = next((s for s in steps.tolist() if not _is_readable(rows, start + s)), None)
            message = f"cannot be read, the chunk is damaged ({reason(error)})."
            raise DataError(replace(place, message=message, step=step)) from error

    def _find_lost(self, key: str) -> frozenset[int]:
        """Return which chunks along time are not on disk, though they held more than zeros.

        Zarr fills in what is missing without a word, and by default does not store chunks of zeros.
        Those are likely where a chunk is a single step of a robot that pauses, or where a step is a
        single number, as a count of contacts.
        """
        array = self._arrays.get(key)
        rows = array.chunks[0]
        may_be_zero = _layout(key, array) is None and (rows == 1 or array.size == array.shape[0])
        if may_be_zero or array.nchunks_initialized == array.nchunks:
            return frozenset()
        reader, fill = self._rows.get(key), array.fill_value or 0
        firsts = range(0, array.shape[0], rows)
        lasts = [min(first + rows, array.shape[0]) for first in firsts]
        return frozenset(
            i
            for i, (first, last) in enumerate(zip(firsts, lasts, strict=True))
            if _is_filled(reader, np.arange(first, last), fill)
        )

    def _place(self, episode: int, key: str) -> Problem:
        return Problem(str(self.path), "", self.episodes[episode].name, key)

    def _array(self, episode: int, key: str) -> tuple[Any, ImageLayout | None]:
        place = self._place(episode, key)
        if key not in self.keys:
            message = f"the key is missing, there are {listed(self.keys)}."
            raise DataError(replace(place, message=message))
        array = self._arrays.get(key)
        layout = _layout(key, array)
        if layout is not None and layout.has_views:
            message = "several cameras in one array are not read; give each its own."
            raise DataError(replace(place, message=message))
        return array, layout

    def _open(self, key: str) -> Any:
        return self._store.array(f"data/{key}", key)

    def _open_rows(self, key: str) -> ChunkedRows:
        return ChunkedRows(self._arrays.get(key), partial(self._store.file, f"data/{key}"))

    def _is_no_text(self, key: str) -> bool:
        try:
            return np.dtype(self._arrays.get(key).dtype).kind in "biuf"
        except DataError:
            # Whoever reads it is told.
            return True

    def _episode_ends(self) -> NDArray[np.int64]:
        if "episode_ends" not in self._store.array_names("meta"):
            raise DataError(Problem(str(self.path), "`meta/episode_ends` is missing."))
        try:
            stored = self._store.array("meta/episode_ends")
            reader = ChunkedRows(stored, partial(self._store.file, "meta/episode_ends"))
            ends = np.asarray(reader.read(np.arange(stored.shape[0])), np.int64).ravel()
        except (OSError, RuntimeError, ValueError) as error:
            message = f"`meta/episode_ends` cannot be read, {reason(error)}."
            raise DataError(Problem(str(self.path), message)) from error
        # Compared, not subtracted: differences of damaged ends can exceed what an integer holds.
        if len(ends) == 0 or ends[0] <= 0 or (ends[1:] <= ends[:-1]).any():
            message = f"`meta/episode_ends` must ascend from above 0, got {ends[:10].tolist()}."
            raise DataError(Problem(str(self.path), message))
        return ends

    def _find_scale(self, key: str) -> float:
        def read_first(episode: int) -> Array:
            first = np.zeros(1, np.int64)
            return self._read_rows(
                array, first, int(self._starts[episode]), self._place(episode, key)
            )

        array = self._arrays.get(key)
        num_episodes = int((self._starts < array.shape[0]).sum())
        return colour_scale(read_first, num_episodes, partial(self._place, key=key))


def _layout(key: str, array: Any) -> ImageLayout | None:
    return find_layout(key, tuple(array.shape), np.dtype(array.dtype))


def _is_filled(reader: ChunkedRows, rows: NDArray[np.int64], fill: Any) -> bool:
    """Return whether a chunk reads as nothing but what stands for values that are missing."""
    return _is_readable(reader, int(rows[0])) and bool((reader.read(rows) == fill).all())


def _is_readable(reader: ChunkedRows, row: int) -> bool:
    try:
        reader.read(np.array([row]))
    except (OSError, RuntimeError, ValueError):
        return False
    return True
