"""LeRobotDataset v2.x and v3.0: Parquet tables and MP4 videos, read without LeRobot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import DataError, Problem, listed, reason
from spawnnet_data.common.extras import require
from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.files import DataFolder
from spawnnet_data.sources.images import decode_images
from spawnnet_data.sources.lerobot_features import KnownFeature, known_features
from spawnnet_data.sources.lerobot_meta import EpisodeRecord, read_episodes, read_info
from spawnnet_data.sources.lerobot_table import Table, to_numpy
from spawnnet_data.sources.pictures import decode_picture
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
_KEPT_TIMES = 32 * 10**6  # bytes: 4 million frames


@final
class LeRobotSource:
    """A LeRobotDataset; see `DemonstrationSource`."""

    def __init__(self, path: Path, *, follow_links: bool = False) -> None:
        """Read the index below `path`.

        Args:
            path: The directory that holds `meta`.
            follow_links: Whether files outside of it may be read.

        Raises:
            DataError: If the index cannot be read.
            ConfigurationError: If pyarrow is not installed.
        """
        require("pyarrow", "lerobot")
        self._folder = DataFolder(path, follow_links)
        message = self._folder.tree_problem(path / "meta")
        if message:
            raise DataError(Problem(str(path / "meta"), message))
        info = read_info(path)
        self.path = path
        self.format = f"LeRobot {info.codebase_version}"
        self.rate: float | None = info.fps
        self._half_frame = 0.5 / info.fps
        self._features = known_features(info)
        records = read_episodes(path, info)
        self._records = [record for record in records if record.length > 0]
        self.problems = tuple(
            Problem(str(path / "meta"), "has no time steps.", _episode(record).name)
            for record in records
            if record.length <= 0
        )
        self.episodes = tuple(_episode(record) for record in self._records)
        self.keys = tuple(sorted(self._features, key=natural_key))
        self.splits = _splits(info.splits, self._records)
        self._tables: RecentlyUsed[Path, Table] = RecentlyUsed(Table, _OPEN_FILES)
        self._videos: RecentlyUsed[Path, VideoReader] = RecentlyUsed(VideoReader, _OPEN_FILES)
        self._times: RecentlyUsed[int, Array] = RecentlyUsed(
            self._read_times, _KEPT_TIMES, sys.getsizeof
        )

    def describe(self, episode: int, key: str) -> KeySpec:
        """See `DemonstrationSource`."""
        feature = self._feature(episode, key)
        if feature.is_video:
            return replace(feature.spec, length=self._video_length(episode, key))
        start, stop = self._rows(episode, key)
        return replace(feature.spec, length=stop - start)

    def read(self, episode: int, key: str, steps: ArrayLike | None = None) -> Array:
        """See `DemonstrationSource`."""
        feature = self._feature(episode, key)
        place = self._place(episode, key)
        if feature.is_video:
            length = min(self.episodes[episode].length, len(self._times.get(episode)))
            return self._read_video(episode, key, select_steps(steps, length, place))
        start, stop = self._rows(episode, key)
        chosen = select_steps(steps, stop - start, place)
        if feature.is_picture:
            return self._read_pictures(episode, key, chosen)
        values = self._column(episode, key)[chosen]
        if feature.layout is None:
            return values.astype(feature.spec.dtype, copy=False)
        return decode_images(values, feature.layout, chosen, place)

    def read_into(
        self, episode: int, keys: Sequence[str], steps: NDArray[np.int64], out: Array
    ) -> None:
        """See `DemonstrationSource`."""
        read_each_into(self, episode, keys, steps, out)

    def close(self) -> None:
        """See `DemonstrationSource`."""
        self._tables.close()
        self._videos.close()

    def _feature(self, episode: int, key: str) -> KnownFeature:
        feature = self._features.get(key)
        if feature is None:
            raise self._error(episode, key, f"the key is missing, there are {listed(self.keys)}.")
        if feature.problem:
            raise self._error(episode, key, feature.problem)
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
        message = self._folder.problem(file)
        if message:
            raise self._error(episode, "", message)
        try:
            return self._tables.get(file)
        except (OSError, ValueError, KeyError) as error:
            raise self._error(episode, "", f"cannot be opened, {reason(error)}.") from error

    def _column(self, episode: int, key: str) -> Array:
        start, stop = self._rows(episode, key)
        try:
            column = self._table(episode).read(key, start, stop)
            return to_numpy(column, self._features[key].stored_shape)
        except (OSError, ValueError) as error:
            raise self._error(episode, key, f"cannot be read, {reason(error)}.") from error

    def _read_times(self, episode: int) -> Array:
        return self._column(episode, "timestamp").ravel().astype(np.float64)

    def _video_length(self, episode: int, key: str) -> int:
        """Return how many of the episode's frames lie before the end of the video."""
        times = self._times.get(episode) + self._records[episode].clips[key].start
        return int((times + self._half_frame < self._video(episode, key).end).sum())

    def _video(self, episode: int, key: str) -> VideoReader:
        file = self._records[episode].clips[key].file
        message = self._folder.problem(file)
        if message:
            raise self._error(episode, key, message.replace("file", "video", 1), file=file)
        try:
            return self._videos.get(file)
        except OSError as error:
            message = f"cannot be opened, {reason(error)}."
            raise self._error(episode, key, message, file=file) from error

    def _read_video(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        video = self._video(episode, key)
        clip = self._records[episode].clips[key]
        feature = self._features[key]
        shape, coding = feature.spec.shape, feature.coding
        if video.size != shape[1:]:
            message = f"the video has {video.size} pixels, but `info.json` says {shape[1:]}."
            raise self._error(episode, key, message, file=clip.file)
        images: Array = np.empty((len(steps), *shape), np.uint16 if coding else np.uint8)
        order = np.argsort(steps, kind="stable")
        known = self._times.get(episode)
        if len(known) <= steps.max(initial=-1):
            message = f"the Parquet file has {len(known)} rows only."
            raise self._error(episode, key, message, step=len(known))
        shown: Callable[..., Iterator[Array]] = video.codes if coding else video.frames
        frames = shown((known[steps[order]] + clip.start).tolist(), self._half_frame)
        for position in order:
            try:
                image = next(frames)
                images[position] = image.transpose(2, 0, 1) if image.ndim == 3 else image
            except (OSError, ValueError) as error:
                # A decoder reads ahead: alone, the steps before the damage can be read.
                for step in steps[order] if len(steps) > 1 else ():
                    self._read_video(episode, key, step[None])
                message, step = f"{error}.", int(steps[position])
                raise self._error(episode, key, message, step=step, file=clip.file) from error
        return images if coding is None else coding.metres(images)

    def _read_pictures(self, episode: int, key: str, steps: NDArray[np.int64]) -> Array:
        spec = self._features[key].spec
        assert spec.kind != "array"
        if not len(steps):
            return np.empty((0, *spec.shape), spec.dtype)
        start, _ = self._rows(episode, key)
        first = int(steps.min())
        cells = self._table(episode).read(key, start + first, start + int(steps.max()) + 1)
        images = []
        for step in steps.tolist():
            try:
                picture = cells[step - first].as_py()["bytes"]
                images.append(decode_picture(picture, spec.kind, spec.shape[1:]))
            except (OSError, TypeError, ValueError) as error:
                message = f"the image cannot be decoded, {reason(error)}."
                raise self._error(episode, key, message, step=step) from error
        return np.stack(images).astype(spec.dtype, copy=False)

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
