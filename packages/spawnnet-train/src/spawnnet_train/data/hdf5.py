"""Episodes stored as groups of HDF5 files, whatever the names of files and groups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_train.data.images import ImageLayout, find_layout, first_outside, to_uint8
from spawnnet_train.data.problem import DataError, Problem
from spawnnet_train.data.recent import RecentlyUsed
from spawnnet_train.data.source import (
    Array,
    Episode,
    KeySpec,
    consecutive_runs,
    natural_key,
    select_steps,
)

_OPEN_FILES = 64
_TYPED_NAME = re.compile(r"(?:dict_[a-z]+_|list_int_|int__)(.+)")


def plain_name(name: str) -> str:
    """Return the key in a name of the original release: `obs` of `dict_str_obs`."""
    typed = _TYPED_NAME.fullmatch(name)
    return typed[1] if typed else name


@dataclass(frozen=True)
class StoredKey:
    """A key of one episode: a data set of the file, or one camera of it."""

    dataset: h5py.Dataset
    layout: ImageLayout | None = None
    view: int | None = None


def stored_keys(group: h5py.Group) -> dict[str, StoredKey]:
    """Return every key below `group`.

    Cameras stacked in one array `(T, V, ...)` become one key each: `obs/rgb/0`, or `obs/rgb/front`
    where the attribute `views` names them. Scalars are left out: in files of the original release
    they are pickles, which are never loaded.
    """
    keys: dict[str, StoredKey] = {}

    def visit(path: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            name = "/".join(map(plain_name, path.split("/")))
            layout = find_layout(name, item.shape, item.dtype)
            if layout is None or not layout.has_views:
                keys[name] = StoredKey(item, layout)
            else:
                for view, label in enumerate(_view_names(item)):
                    keys[f"{name}/{label}"] = StoredKey(item, layout, view)

    group.visititems(visit)
    return dict(sorted(keys.items(), key=lambda item: natural_key(item[0])))


def _view_names(dataset: h5py.Dataset) -> list[str]:
    names = dataset.attrs.get("views")
    return [str(i) for i in range(dataset.shape[1])] if names is None else [str(n) for n in names]


@final
class OpenFile:
    """An HDF5 file with the keys of its groups, looked up once."""

    def __init__(self, path: Path) -> None:
        self._file = h5py.File(path, "r")
        self._keys: dict[str, dict[str, StoredKey]] = {}

    def keys(self, group: str) -> dict[str, StoredKey]:
        """Return the keys below `group`."""
        if group not in self._keys:
            self._keys[group] = stored_keys(self._file[group])
        return self._keys[group]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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
        self._files: RecentlyUsed[Path, OpenFile] = RecentlyUsed(OpenFile, _OPEN_FILES)
        self.keys = tuple(self._episode_keys(0)) if self.episodes else ()

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        stored = self._stored(episode, key)
        shape, dtype = stored.dataset.shape, stored.dataset.dtype
        if stored.layout is None:
            return KeySpec("array", shape[1:], dtype, shape[0])
        kind = stored.layout.kind
        image = stored.layout.image_shape(shape)
        return KeySpec(kind, image, np.dtype(np.uint8 if kind == "rgb" else np.float32), shape[0])

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        stored = self._stored(episode, key)
        place = self._place(episode, key)
        chosen = select_steps(steps, stored.dataset.shape[0], place)
        values = self._read_steps(stored, chosen, place)
        if stored.layout is None:
            return values
        images = stored.layout.to_chw(values)
        if stored.layout.kind == "depth":
            return images.astype(np.float32, copy=False)
        bad = None if images.dtype == np.uint8 else first_outside(images, 0, 255)
        if bad is not None:
            message = "an rgb value lies outside of 0 to 255."
            raise DataError(Problem(place.file, message, place.episode, key, int(chosen[bad])))
        return to_uint8(images)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._files.close()

    def _read_steps(self, stored: StoredKey, steps: NDArray[np.int64], place: Problem) -> Array:
        one_step = stored.dataset.shape[1:] if stored.view is None else stored.dataset.shape[2:]
        values = np.empty((len(steps), *one_step), stored.dataset.dtype)
        for position, start, stop in consecutive_runs(steps):
            try:
                _read_run(stored, values, position, start, stop)
            except OSError as error:
                step = _first_unreadable(stored, values, start, stop)
                message = f"cannot be read, the file is damaged here ({_reason(error)})."
                raise DataError(
                    Problem(place.file, message, place.episode, place.key, step)
                ) from error
        return values

    def _stored(self, episode: int, key: str) -> StoredKey:
        keys = self._episode_keys(episode)
        if key not in keys:
            place = self._place(episode, key)
            message = f"the key is missing, there are {', '.join(keys)}."
            raise DataError(Problem(place.file, message, place.episode, key))
        return keys[key]

    def _episode_keys(self, episode: int) -> dict[str, StoredKey]:
        path = self.episodes[episode].file
        try:
            return self._files.get(path).keys(self._groups[episode])
        except (OSError, KeyError) as error:
            message = f"cannot be opened, {_reason(error)}."
            raise DataError(Problem(str(path), message, self.episodes[episode].name)) from error

    def _place(self, episode: int, key: str) -> Problem:
        return Problem(str(self.episodes[episode].file), "", self.episodes[episode].name, key)


def unreadable(path: Path, error: Exception) -> Problem:
    """Return the problem of a file that does not open."""
    return Problem(str(path), f"cannot be opened, {_reason(error)}.")


def _reason(error: Exception) -> str:
    """Return the last clause of an HDF5 error: `truncated file: eof = 96, ...`."""
    inner = re.search(r"\((.*)\)$", str(error).strip("'\"").replace("\n", " "))
    return inner[1] if inner else str(error)


def _read_run(stored: StoredKey, values: Array, position: int, start: int, stop: int) -> None:
    source: Any = slice(start, stop) if stored.view is None else (slice(start, stop), stored.view)
    stored.dataset.read_direct(values, source, slice(position, position + stop - start))


def _first_unreadable(stored: StoredKey, scratch: Array, start: int, stop: int) -> int:
    for step in range(start, stop):
        try:
            _read_run(stored, scratch, 0, step, step + 1)
        except OSError:
            return step
    return start
