"""LeRobotDataset v2.x and v3.0: Parquet tables and MP4 videos, read without LeRobot."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from spawnnet_data.sources.extras import require
from spawnnet_data.sources.images import ImageLayout, decode_images, find_layout
from spawnnet_data.sources.lerobot_meta import EpisodeRecord, read_episodes, read_info
from spawnnet_data.sources.lerobot_table import Table, to_numpy
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
from spawnnet_data.sources.video import VideoReader

_OPEN_FILES = 32
_KEPT_COLUMNS = 256


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
        records = read_episodes(path, info)
        self._records = [record for record in records if record.length > 0]
        self.problems = tuple(
            Problem(str(path / "meta"), "has no time steps.", _episode(record).name)
            for record in records
            if record.length <= 0
        )
        self.episodes = tuple(_episode(record) for record in self._records)
        self.keys = tuple(sorted(self._features, key=natural_key))
        self.splits = _splits(info.get("splits", {}), self._records)
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
        C, H, W = layout.image_shape((length, *shape))
        if layout.kind == "depth":
            return KeySpec("depth", (C, H, W), np.dtype(np.float32), length)
        return KeySpec("rgb", (3, H, W), np.dtype(np.uint8), length)

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
        return values if layout is None else decode_images(values, layout, chosen, place)

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
        table = self._table(episode)
        rows = table.rows(record.index)
        if rows is None or key not in table.columns():
            missing = "the rows of the episode are" if rows is None else "the column is"
            raise self._error(episode, key, f"{missing} missing.")
        return rows

    def _table(self, episode: int) -> Table:
        # Its errors concern every key, so they name none.
        file = self._records[episode].data
        if not file.is_file():
            raise self._error(episode, "", "the file is missing.")
        try:
            return self._tables.get(file)
        except (OSError, ValueError, KeyError) as error:
            raise self._error(episode, "", f"cannot be opened, {reason(error)}.") from error

    def _column(self, episode: int, key: str) -> Array:
        start, stop = self._rows(episode, key)
        try:
            column = self._table(episode).read(key, start, stop)
            return to_numpy(column, tuple(self._features[key]["shape"]))
        except (OSError, ValueError) as error:
            raise self._error(episode, key, f"cannot be read, {reason(error)}.") from error

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
            message = f"cannot be opened, {reason(error)}."
            raise self._error(episode, key, message, file=file) from error

    def _read_video(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        video = self._video(episode, key)
        clip = self._records[episode].clips[key]
        images = np.empty((len(steps), *self.describe(episode, key).shape), np.uint8)
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
                # A decoder reads ahead: alone, the steps before the damage can be read.
                for step in steps[order] if len(steps) > 1 else ():
                    self._read_video(episode, key, step[None])
                message, step = f"{error}.", int(steps[position])
                raise self._error(episode, key, message, step=step, file=clip.file) from error
        return images

    def _read_images(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        spec = self.describe(episode, key)
        images = np.empty((len(steps), *spec.shape), spec.dtype)
        if not len(steps):
            return images
        start, _ = self._rows(episode, key)
        first = int(steps.min())
        cells = self._table(episode).read(key, start + first, start + int(steps.max()) + 1)
        for position, step in enumerate(steps.tolist()):
            try:
                images[position] = _decoded(cells[step - first].as_py()["bytes"], spec.kind)
            except (OSError, TypeError, ValueError) as error:
                message = f"the image cannot be decoded, {reason(error)}."
                raise self._error(episode, key, message, step=step) from error
        return images

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
    """Return how the arrays of a feature lie; pictures may be listed with channels first."""
    is_picture = feature["dtype"] in ("video", "image")
    dtype = np.dtype(np.uint8 if is_picture else feature["dtype"])
    found = find_layout(key, (1, *feature["shape"]), dtype)
    return found or (ImageLayout("rgb", "THWC") if is_picture else None)


def _decoded(picture: bytes, kind: str) -> Array:
    """Return a picture of a file format as `(C, H, W)`; depth may have 16 bits."""
    image = Image.open(io.BytesIO(picture))
    if kind == "depth":
        return np.asarray(image)[None]
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)
