"""Episodes stored as groups of HDF5 files, whatever the names of files and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, final

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import DataError, Problem, listed, reason
from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.hdf5_tree import Tree, hdf5_reason
from spawnnet_data.sources.images import colour_scale, decode_images
from spawnnet_data.sources.pictures import decode_picture
from spawnnet_data.sources.source import (
    Array,
    Episode,
    KeySpec,
    natural_key,
    read_each_into,
    select_steps,
)
from spawnnet_data.sources.stored_key import StoredKey, as_bytes, stored_keys

_OPEN_FILES = 32
# Episodes whose arrays are known; about 5 kB each.
_KNOWN_EPISODES = 4096
_KNOWN_SCALES = 64
# The first episode alone might be the one that lacks a key.
_PROBED_EPISODES = 8


@final
class Hdf5Source:
    """Episodes that are groups of HDF5 files; see `DemonstrationSource`."""

    def __init__(
        self,
        path: Path,
        format_name: str,
        episodes: Sequence[tuple[Episode, str]],
        *,
        problems: Sequence[Problem] = (),
        splits: Mapping[str, Sequence[int]] | None = None,
        rate: float | None = None,
        follow_links: bool = False,
    ) -> None:
        """Take the episodes with the name of each one's group in its file."""
        self._tree = Tree(follow_links)
        self.path = path
        self.format = format_name
        self.episodes = tuple(episode for episode, _ in episodes)
        self.problems = tuple(problems)
        self.splits = dict(splits or {})
        self.rate = rate
        self._groups = tuple(group for _, group in episodes)
        self._files: RecentlyUsed[Path, h5py.File] = RecentlyUsed(h5py.File, _OPEN_FILES)
        self._keys: RecentlyUsed[int, dict[str, StoredKey | Problem]] = RecentlyUsed(
            self._find_keys, _KNOWN_EPISODES
        )
        self._scales: RecentlyUsed[str, float] = RecentlyUsed(self._find_scale, _KNOWN_SCALES)
        self.keys = self._probe_keys()

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        return self._stored(episode, key).spec

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        stored = self._stored(episode, key)
        place = self._place(episode, key)
        chosen = select_steps(steps, stored.array.shape[0], place)
        if stored.is_encoded:
            return self._read_pictures(stored, chosen, place)
        values = self._read_stored(stored, chosen, place)
        if stored.layout is None:
            return values
        find_scale = partial(self._scales.get, key)
        return decode_images(values, stored.layout, chosen, place, find_scale=find_scale)

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """See `DemonstrationSource`."""
        stack = _common_stack([self._stored(episode, key) for key in keys], out.dtype)
        if stack is None:
            read_each_into(self, episode, keys, steps, out)
            return
        place = self._place(episode, keys[0])
        chosen = select_steps(steps, stack.array.shape[0], place)
        # Only axes of size 1 are missing in the file, so this is a view of `out`.
        self._fill(stack, out.reshape(len(out), *stack.stored_shape), chosen, place)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._files.close()

    def _probe_keys(self) -> tuple[str, ...]:
        found: set[str] = set()
        for episode in range(min(_PROBED_EPISODES, len(self.episodes))):
            try:
                found.update(self._keys.get(episode))
            except DataError:
                # Whoever reads the episode is told.
                continue
        return tuple(sorted(found, key=natural_key))

    def _read_pictures(self, stored: StoredKey, steps: NDArray[np.int64], place: Problem) -> Array:
        spec = stored.spec
        assert spec.kind != "array"
        images = np.empty((len(steps), *spec.shape), spec.dtype)
        dataset = self._files.get(stored.array.file)[stored.array.name]
        for position, step in enumerate(steps.tolist()):
            try:
                stored.array.guard.check(dataset, steps[position : position + 1])
                picture = as_bytes(dataset[step])
                images[position] = decode_picture(picture, spec.kind, spec.shape[1:])
            except (OSError, ValueError) as error:
                message = f"the image cannot be decoded, {reason(error)}."
                raise DataError(replace(place, message=message, step=step)) from error
        return images

    def _read_stored(self, stored: StoredKey, steps: NDArray[np.int64], place: Problem) -> Array:
        values = np.empty((len(steps), *stored.stored_shape), stored.array.dtype)
        self._fill(stored, values, steps, place)
        return values

    def _find_scale(self, key: str) -> float:
        def read_first(episode: int) -> Array:
            first = np.zeros(1, np.int64)
            return self._read_stored(self._stored(episode, key), first, self._place(episode, key))

        return colour_scale(read_first, len(self.episodes), partial(self._place, key=key))

    def _fill(
        self, stored: StoredKey, values: Array, steps: NDArray[np.int64], place: Problem
    ) -> None:
        try:
            stored.array.read(steps, stored.view, values, self._files)
        except (OSError, ValueError) as error:
            step = self._first_unreadable(stored, values, steps)
            message = f"cannot be read, the file is damaged here ({hdf5_reason(error)})."
            raise DataError(Problem(place.file, message, place.episode, place.key, step)) from error

    def _first_unreadable(
        self, stored: StoredKey, scratch: Array, steps: NDArray[np.int64]
    ) -> int | None:
        for step in steps:
            try:
                stored.array.read(step[None], stored.view, scratch[:1], self._files)
            except (OSError, ValueError):
                return int(step)
        return None

    def _stored(self, episode: int, key: str) -> StoredKey:
        keys = self._keys.get(episode)
        found = keys.get(key)
        if isinstance(found, StoredKey):
            return found
        place = self._place(episode, key)
        message = found.message if found else f"the key is missing, there are {listed(keys)}."
        raise DataError(replace(place, message=message))

    def _find_keys(self, episode: int) -> dict[str, StoredKey | Problem]:
        found = self.episodes[episode]
        try:
            with h5py.File(found.file, "r") as file:
                return stored_keys(self._tree.child(file, self._groups[episode]), self._tree)
        except DataError as error:
            raise DataError(replace(error.problem, episode=found.name, key="")) from error
        except OSError as error:
            message = f"cannot be opened, {hdf5_reason(error)}."
            raise DataError(Problem(str(found.file), message, found.name)) from error

    def _place(self, episode: int, key: str) -> Problem:
        return Problem(str(self.episodes[episode].file), "", self.episodes[episode].name, key)


def _common_stack(stored: Sequence[StoredKey], dtype: np.dtype[Any]) -> StoredKey | None:
    """Return the one array that holds exactly these cameras, in order and as they are wanted."""
    first = stored[0]
    if first.layout is None or first.array.dtype != dtype or not first.layout.is_read_as_stored:
        return None
    views = [None] if first.view is None else list(range(first.array.shape[1]))
    if [key.view for key in stored] != views:
        return None
    is_one = all(key.array == first.array for key in stored)
    return StoredKey(first.array, first.spec, first.layout) if is_one else None
