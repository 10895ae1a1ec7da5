"""LeRobotDataset v2.x and v3.0: Parquet tables and MP4 videos, read without LeRobot."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from spawnnet_train.data.extras import require
from spawnnet_train.data.images import ImageLayout, find_layout
from spawnnet_train.data.lerobot_meta import EpisodeRecord, read_episodes, read_info
from spawnnet_train.data.problem import DataError, Problem
from spawnnet_train.data.recent import RecentlyUsed
from spawnnet_train.data.source import (
    Array,
    Episode,
    KeySpec,
    natural_key,
    read_each_into,
    select_steps,
)
from spawnnet_train.data.video import VideoReader

_OPEN_FILES = 32
_KEPT_COLUMNS = 256
_CHANNEL_NAMES = ("channel", "channels", "c")


@final
class Table:
    """A Parquet file, with the rows of each of its episodes."""

    def __init__(self, path: Path) -> None:
        parquet = require("pyarrow.parquet", "lerobot")
        self._file = parquet.ParquetFile(path)
        metadata = self._file.metadata
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        self._group_ends = np.cumsum(sizes, dtype=np.int64)
        episodes = self._file.read(columns=["episode_index"])["episode_index"].to_numpy()
        self._rows = _runs(episodes)

    def rows(self, episode: int) -> tuple[int, int] | None:
        """Return the first and the end row of an episode, None if it is not in the file."""
        return self._rows.get(episode)

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._file.schema_arrow.names)

    def read(self, column: str, start: int, stop: int) -> Any:
        """Return rows of a column as a pyarrow array; only their row groups are read."""
        first = int(np.searchsorted(self._group_ends, start, side="right"))
        last = int(np.searchsorted(self._group_ends, stop - 1, side="right"))
        table = self._file.read_row_groups(list(range(first, last + 1)), columns=[column])
        offset = start - (int(self._group_ends[first - 1]) if first else 0)
        return table[column].slice(offset, stop - start).combine_chunks()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _runs(episodes: NDArray[np.int64]) -> dict[int, tuple[int, int]]:
    starts = np.flatnonzero(np.diff(episodes, prepend=-1))
    ends = [*starts[1:], len(episodes)]
    return {int(episodes[a]): (int(a), int(b)) for a, b in zip(starts, ends, strict=True)}


@final
class LeRobotSource:
    """A LeRobotDataset; see `DemonstrationSource`."""

    def __init__(self, path: Path) -> None:
        """Read the index below `path`.

        Raises:
            DataError: If the index cannot be read.
            ImportError: If pyarrow is not installed.
        """
        require("pyarrow", "lerobot")
        info = read_info(path)
        self.path = path
        self.format = f"LeRobot {info['codebase_version']}"
        self.rate: float | None = float(info["fps"])
        self._features: dict[str, dict[str, Any]] = {
            name: item
            for name, item in info["features"].items()
            if item["dtype"] in ("video", "image") or _is_number(item["dtype"])
        }
        self._records = read_episodes(path, info)
        self.episodes = tuple(_episode(record) for record in self._records)
        self.keys = tuple(sorted(self._features, key=natural_key))
        self.splits = _splits(info.get("splits", {}), self._records)
        self.problems: tuple[Problem, ...] = ()
        self._tables: RecentlyUsed[Path, Table] = RecentlyUsed(Table, _OPEN_FILES)
        self._videos: RecentlyUsed[Path, VideoReader] = RecentlyUsed(VideoReader, _OPEN_FILES)
        self._times: RecentlyUsed[int, Array] = RecentlyUsed(self._read_times, _KEPT_COLUMNS)

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        feature = self._feature(episode, key)
        if feature["dtype"] == "video":
            length = self._video_length(episode, key)
        else:
            start, stop = self._rows(episode, key)
            length = stop - start
        layout = _layout(key, feature)
        shape = tuple(feature["shape"])
        if layout is None:
            return KeySpec("array", shape, np.dtype(feature["dtype"]), length)
        dtype = np.dtype(np.uint8 if layout.kind == "rgb" else np.float32)
        return KeySpec(layout.kind, layout.image_shape((length, *shape)), dtype, length)

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        feature = self._feature(episode, key)
        place = self._place(episode, key)
        if feature["dtype"] == "video":
            chosen = select_steps(steps, self.episodes[episode].length, place)
            return self._read_video(episode, key, chosen)
        start, stop = self._rows(episode, key)
        chosen = select_steps(steps, stop - start, place)
        if feature["dtype"] == "image":
            return self._read_images(episode, key, chosen)
        values = self._column(episode, key)[chosen]
        layout = _layout(key, feature)
        return values if layout is None else layout.to_chw(values).astype(np.float32, copy=False)

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """See `DemonstrationSource`."""
        read_each_into(self, episode, keys, steps, out)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._tables.close()
        self._videos.close()

    def _feature(self, episode: int, key: str) -> dict[str, Any]:
        if key not in self._features:
            known = ", ".join(self.keys)
            raise self._error(episode, key, f"the key is missing, there are {known}.")
        feature = self._features[key]
        if feature["dtype"] == "video" and _is_depth_video(feature):
            message = "depth stored as video is not read; convert it to a column of float32 metres."
            raise self._error(episode, key, message)
        return feature

    def _rows(self, episode: int, key: str) -> tuple[int, int]:
        record = self._records[episode]
        table = self._table(episode, key)
        rows = table.rows(record.index)
        if rows is None or key not in table.columns():
            missing = "the rows of the episode are" if rows is None else "the column is"
            raise self._error(episode, key, f"{missing} missing.")
        return rows

    def _table(self, episode: int, key: str) -> Table:
        try:
            return self._tables.get(self._records[episode].data)
        except (OSError, ValueError, KeyError) as error:
            raise self._error(episode, key, f"cannot be opened, {error}.") from error

    def _column(self, episode: int, key: str) -> Array:
        start, stop = self._rows(episode, key)
        try:
            column = self._table(episode, key).read(key, start, stop)
            return _to_numpy(column, tuple(self._features[key]["shape"]))
        except (OSError, ValueError) as error:
            raise self._error(episode, key, f"cannot be read, {error}.") from error

    def _read_times(self, episode: int) -> Array:
        return self._column(episode, "timestamp").ravel().astype(np.float64)

    def _video_length(self, episode: int, key: str) -> int:
        """Return how many of the episode's frames lie before the end of the video."""
        half_frame = 0.5 / (self.rate or 1.0)
        times = self._times.get(episode) + self._records[episode].clips[key].start
        return int((times + half_frame < self._video(episode, key).end).sum())

    def _video(self, episode: int, key: str) -> VideoReader:
        file = self._records[episode].clips[key].file
        if not file.is_file():
            raise self._error(episode, key, "the video is missing.", file=file)
        try:
            return self._videos.get(file)
        except OSError as error:
            raise self._error(episode, key, f"cannot be opened, {error}.", file=file) from error

    def _read_video(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        video = self._video(episode, key)
        clip = self._records[episode].clips[key]
        _, height, width = self.describe(episode, key).shape
        images = np.empty((len(steps), 3, height, width), np.uint8)
        order = np.argsort(steps, kind="stable")
        known = self._times.get(episode)
        if len(known) <= steps.max(initial=-1):
            message = f"the Parquet file has {len(known)} rows only."
            raise self._error(episode, key, message, step=len(known))
        frames = video.frames((known[steps[order]] + clip.start).tolist(), 0.5 / (self.rate or 1.0))
        for position in order:
            try:
                images[position] = next(frames).transpose(2, 0, 1)
            except (OSError, ValueError) as error:
                raise self._error(
                    episode, key, f"{error}.", step=int(steps[position]), file=clip.file
                ) from error
        return images

    def _read_images(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        start, _ = self._rows(episode, key)
        table = self._table(episode, key)
        images = []
        for step in steps.tolist():
            (cell,) = table.read(key, start + step, start + step + 1).to_pylist()
            try:
                image = Image.open(io.BytesIO(cell["bytes"])).convert("RGB")
            except (OSError, TypeError) as error:
                message = f"the image cannot be decoded, {error}."
                raise self._error(episode, key, message, step=step) from error
            images.append(np.asarray(image).transpose(2, 0, 1))
        return np.stack(images) if images else np.empty((0, *self.describe(episode, key).shape))

    def _place(self, episode: int, key: str) -> Problem:
        return Problem(str(self._records[episode].data), "", self.episodes[episode].name, key)

    def _error(
        self,
        episode: int,
        key: str,
        message: str,
        *,
        step: int | None = None,
        file: Path | None = None,
    ) -> DataError:
        place = file or self._records[episode].data
        return DataError(Problem(str(place), message, self.episodes[episode].name, key, step))


def _episode(record: EpisodeRecord) -> Episode:
    return Episode(f"episode_{record.index:06d}", record.length, record.data, record.task)


def _splits(ranges: Mapping[str, str], records: list[EpisodeRecord]) -> dict[str, tuple[int, ...]]:
    """Return positions of the episodes whose numbers lie in `start:stop`."""
    splits = {}
    for name, text in ranges.items():
        start, _, stop = text.partition(":")
        numbers = range(int(start or 0), int(stop) if stop else 1 + max(r.index for r in records))
        splits[name] = tuple(i for i, record in enumerate(records) if record.index in numbers)
    return splits


def _is_number(dtype: str) -> bool:
    return dtype == "bool" or dtype.startswith(("float", "int", "uint"))


def _is_depth_video(feature: Mapping[str, Any]) -> bool:
    info = feature.get("info") or feature.get("video_info") or {}
    return bool(info.get("video.is_depth_map") or info.get("is_depth_map"))


def _layout(key: str, feature: Mapping[str, Any]) -> ImageLayout | None:
    """Return how the decoded arrays of a feature lie."""
    if feature["dtype"] in ("video", "image"):
        # Decoders give the channels last; the shape may be listed either way.
        names = feature.get("names") or ()
        first = names[0] if isinstance(names, list) and names else ""
        return ImageLayout("rgb", "TCHW" if first in _CHANNEL_NAMES else "THWC")
    return find_layout(key, (1, *feature["shape"]), np.dtype(feature["dtype"]))


def _to_numpy(column: Any, shape: tuple[int, ...]) -> Array:
    """Return a column of numbers or of nested lists of equal lengths as `(n, *shape)`."""
    rows = len(column)
    while hasattr(column, "flatten") and column.type.num_fields:
        column = column.flatten()
    if column.null_count:
        raise ValueError("a value is missing")
    values: Array = column.to_numpy(zero_copy_only=False)
    return values.reshape(rows, *shape)
