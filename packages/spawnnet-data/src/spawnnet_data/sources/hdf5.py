"""Episodes stored as groups of HDF5 files, whatever the names of files and groups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.sources.images import ImageLayout, colour_scale, decode_images, find_layout
from spawnnet_data.sources.problem import DataError, Problem, reason
from spawnnet_data.sources.recent import RecentlyUsed
from spawnnet_data.sources.source import (
    Array,
    Episode,
    KeySpec,
    natural_key,
    read_each_into,
    select_steps,
)
from spawnnet_data.sources.stored_array import StoredArray

_OPEN_FILES = 32
# Episodes whose arrays are known; about 5 kB each.
_KNOWN_EPISODES = 4096
_KNOWN_SCALES = 64
# The first episode alone might be the one that lacks a key.
_PROBED_EPISODES = 8
_TYPED_NAME = re.compile(r"(?:dict_[a-z]+_|list_int_|int__)(.+)")


def plain_name(name: str) -> str:
    """Return the key in a name of the original release: `obs` of `dict_str_obs`."""
    typed = _TYPED_NAME.fullmatch(name)
    return typed[1] if typed else name


@dataclass(frozen=True)
class StoredKey:
    """A key of one episode: an array, or one camera of an array that stacks several."""

    array: StoredArray
    layout: ImageLayout | None = None
    view: int | None = None

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of one time step as stored."""
        return self.array.shape[1:] if self.view is None else self.array.shape[2:]


def stored_keys(group: h5py.Group) -> dict[str, StoredKey]:
    """Return every key below `group`.

    Cameras stacked in one array `(T, V, ...)` become one key each: `obs/rgb/0`, or `obs/rgb/front`
    where the attribute `views` names them. Left out are text and scalars: in files of the original
    release these are pickles, which are never loaded.
    """
    keys: dict[str, StoredKey] = {}

    def visit(path: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.shape and item.dtype.kind in "biuf":
            name = "/".join(map(plain_name, path.split("/")))
            layout = find_layout(name, item.shape, item.dtype)
            array = StoredArray.of(item)
            if layout is None or not layout.has_views:
                keys[name] = StoredKey(array, layout)
            else:
                for view, label in enumerate(_view_names(item)):
                    keys[f"{name}/{label}"] = StoredKey(array, layout, view)

    group.visititems(visit)
    return dict(sorted(keys.items(), key=lambda item: natural_key(item[0])))


def _view_names(dataset: h5py.Dataset) -> list[str]:
    names = dataset.attrs.get("views")
    return [str(i) for i in range(dataset.shape[1])] if names is None else [str(n) for n in names]


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
    ) -> None:
        """Take the episodes with the name of each one's group in its file."""
        self.path = path
        self.format = format_name
        self.episodes = tuple(episode for episode, _ in episodes)
        self.problems = tuple(problems)
        self.splits = dict(splits or {})
        self.rate = rate
        self._groups = tuple(group for _, group in episodes)
        self._files: RecentlyUsed[Path, h5py.File] = RecentlyUsed(h5py.File, _OPEN_FILES)
        self._keys: RecentlyUsed[int, dict[str, StoredKey]] = RecentlyUsed(
            self._find_keys, _KNOWN_EPISODES
        )
        self._scales: RecentlyUsed[str, float] = RecentlyUsed(self._find_scale, _KNOWN_SCALES)
        self.keys = self._probe_keys()

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        stored = self._stored(episode, key)
        shape, dtype = stored.array.shape, stored.array.dtype
        if stored.layout is None:
            return KeySpec("array", shape[1:], dtype, shape[0])
        kind = stored.layout.kind
        image = stored.layout.image_shape(shape)
        return KeySpec(kind, image, np.dtype(np.uint8 if kind == "rgb" else np.float32), shape[0])

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        stored = self._stored(episode, key)
        place = self._place(episode, key)
        chosen = select_steps(steps, stored.array.shape[0], place)
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

    def _read_stored(self, stored: StoredKey, steps: NDArray[np.int64], place: Problem) -> Array:
        values = np.empty((len(steps), *stored.stored_shape), stored.array.dtype)
        self._fill(stored, values, steps, place)
        return values

    def _find_scale(self, key: str) -> float:
        def read_first(episode: int) -> Array:
            first = np.zeros(1, np.int64)
            return self._read_stored(self._stored(episode, key), first, self._place(episode, key))

        return colour_scale(read_first, len(self.episodes))

    def _fill(
        self, stored: StoredKey, values: Array, steps: NDArray[np.int64], place: Problem
    ) -> None:
        try:
            stored.array.read(steps, stored.view, values, self._files)
        except OSError as error:
            step = self._first_unreadable(stored, values, steps)
            message = f"cannot be read, the file is damaged here ({_reason(error)})."
            raise DataError(Problem(place.file, message, place.episode, place.key, step)) from error

    def _first_unreadable(
        self, stored: StoredKey, scratch: Array, steps: NDArray[np.int64]
    ) -> int | None:
        for step in steps:
            try:
                stored.array.read(step[None], stored.view, scratch[:1], self._files)
            except OSError:
                return int(step)
        return None

    def _stored(self, episode: int, key: str) -> StoredKey:
        keys = self._keys.get(episode)
        if key not in keys:
            place = self._place(episode, key)
            message = f"the key is missing, there are {', '.join(keys)}."
            raise DataError(Problem(place.file, message, place.episode, key))
        return keys[key]

    def _find_keys(self, episode: int) -> dict[str, StoredKey]:
        found = self.episodes[episode]
        try:
            with h5py.File(found.file, "r") as file:
                return stored_keys(file[self._groups[episode]])
        except (OSError, KeyError) as error:
            message = f"cannot be opened, {_reason(error)}."
            raise DataError(Problem(str(found.file), message, found.name)) from error

    def _place(self, episode: int, key: str) -> Problem:
        return Problem(str(self.episodes[episode].file), "", self.episodes[episode].name, key)


def unreadable(path: Path, error: Exception) -> Problem:
    """Return the problem of a file that does not open."""
    return Problem(str(path), f"cannot be opened, {_reason(error)}.")


def _reason(error: Exception) -> str:
    """Return the last clause of an HDF5 error: `truncated file: eof = 96, ...`."""
    text = reason(error).strip("'\"")
    clause = re.search(r"\((.*)\)$", text)
    return clause[1] if clause else text


def _common_stack(stored: Sequence[StoredKey], dtype: np.dtype[Any]) -> StoredKey | None:
    """Return the one array that holds exactly these cameras, in order and as they are wanted."""
    first = stored[0]
    if first.layout is None or first.array.dtype != dtype or "WC" in first.layout.axes:
        return None
    views = [None] if first.view is None else list(range(first.array.shape[1]))
    if [key.view for key in stored] != views:
        return None
    is_one = all(key.array == first.array for key in stored)
    return StoredKey(first.array, first.layout) if is_one else None
