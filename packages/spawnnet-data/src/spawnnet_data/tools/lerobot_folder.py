"""Write a data set as a LeRobotDataset v3.0: Parquet tables, MP4 videos and their index."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.common.extras import require
from spawnnet_data.common.json_file import write_json
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.statistics import FieldStatistics, compute_statistics
from spawnnet_data.tools.lerobot_index import episode_row, info_of, write_index
from spawnnet_data.tools.rate import rate_of
from spawnnet_data.tools.video_file import write_video

_BLOCK = 64


def write_lerobot(
    demonstrations: Demonstrations, destination: Path, *, rate: float | None = None
) -> Iterator[str]:
    """Write every episode and yield its name; the folder gets its name when it is complete.

    Colours become H.264 videos `observation.images.<view>`, which changes them a little; depth
    becomes columns `observation.depth.<view> (1, H, W)` of float32 metres, and `observation.state`
    and `action` hold the numbers as they are.

    Args:
        demonstrations: What to write, as mapped.
        destination: The folder, which must not exist.
        rate: Time steps per second (Hz); that of the source if None.

    Raises:
        ConfigurationError: If the folder exists, no rate is known, nothing moves at such a rate, or
            the extra is missing.
        DataError: If something cannot be read.
    """
    fps = rate_of(demonstrations, rate)
    if fps is None:
        raise ConfigurationError("rate", "must be set, the source tells none.")
    if destination.exists():
        raise ConfigurationError("destination", f"{destination} exists; choose another name.")
    unfinished = destination.with_name(f".{destination.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        yield from _Writer(demonstrations, unfinished, fps).write()
        unfinished.replace(destination)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@final
class _Writer:
    """Writes one Parquet file and one video per camera for each episode."""

    def __init__(self, demonstrations: Demonstrations, root: Path, fps: float) -> None:
        self._demonstrations = demonstrations
        self._root = root
        self._fps = fps
        episodes = range(len(demonstrations))
        tasks = [demonstrations.episode(i).task for i in episodes]
        self._tasks = {task: number for number, task in enumerate(dict.fromkeys(tasks))}

    def write(self) -> Iterator[str]:
        demonstrations, rows = self._demonstrations, []
        first = 0
        for index in range(len(demonstrations)):
            episode = demonstrations.episode(index)
            self._write_table(index, first)
            for view in demonstrations.views:
                self._write_video(index, view)
            rows.append(
                episode_row(index, first, episode.length, episode.task, self._fps, demonstrations)
            )
            first += episode.length
            yield episode.name
        info = info_of(demonstrations, self._fps, len(self._tasks))
        write_index(self._root, info, rows, self._tasks)
        write_json(self._root / "meta/stats.json", _statistics(demonstrations))

    def _write_table(self, index: int, first: int) -> None:
        pa, parquet = require("pyarrow", "lerobot"), require("pyarrow.parquet", "lerobot")
        path = self._root / f"data/chunk-000/file-{index:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = {name: _column(pa, v) for name, v in self._columns(index, first).items()}
        parquet.write_table(pa.table(columns), path)

    def _columns(self, index: int, first: int) -> dict[str, NDArray[Any]]:
        demonstrations = self._demonstrations
        length = int(demonstrations.lengths[index])
        steps = np.arange(length)
        columns = {"action": demonstrations.actions(index)}
        if demonstrations.mapping.proprioception:
            columns["observation.state"] = demonstrations.proprioception(index)
        for name, view in demonstrations.mapping.views.items():
            if view.depth:
                depth = demonstrations.view_depth(index, name, steps)
                columns[f"observation.depth.{name}"] = depth
        task = self._tasks[demonstrations.episode(index).task]
        return columns | {
            "timestamp": (steps / self._fps).astype(np.float32),
            "frame_index": steps,
            "episode_index": np.full(length, index),
            "index": first + steps,
            "task_index": np.full(length, task),
        }

    def _write_video(self, index: int, view: str) -> None:
        length = int(self._demonstrations.lengths[index])
        path = self._root / f"videos/observation.images.{view}/chunk-000/file-{index:03d}.mp4"
        blocks = (
            self._demonstrations.view_rgb(index, view, np.arange(s, min(s + _BLOCK, length)))
            for s in range(0, length, _BLOCK)
        )
        write_video(path, (image for block in blocks for image in block), self._fps)


def _column(pa: Any, values: NDArray[Any]) -> Any:
    """Return an array `(n, ...)` as a column of nested lists."""
    column = pa.array(np.ascontiguousarray(values).ravel())
    for size in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column


def _statistics(demonstrations: Demonstrations) -> dict[str, dict[str, Any]]:
    statistics = compute_statistics(demonstrations)
    told = {"action": _told(statistics.actions)}
    if demonstrations.mapping.proprioception:
        told["observation.state"] = _told(statistics.proprioception)
    for view in demonstrations.views:
        colours = FieldStatistics.of(_sampled_colours(demonstrations, view))
        # Of channels, in the shape (3, 1, 1).
        told[f"observation.images.{view}"] = {
            name: value if name == "count" else [[[channel]] for channel in value]
            for name, value in _told(colours).items()
        }
    return told


def _told(found: FieldStatistics) -> dict[str, Any]:
    names = {"min": found.minimum, "max": found.maximum, "mean": found.mean, "std": found.std}
    quantiles = {"q01": found.q01, "q99": found.q99}
    return {"count": [found.count], **{k: list(v) for k, v in (names | quantiles).items()}}


def _sampled_colours(demonstrations: Demonstrations, view: str) -> NDArray[np.float64]:
    """Return pixels of the middle image of each episode, `(M, 3)` in 0 to 1."""
    images = [
        demonstrations.view_rgb(i, view, np.array([int(demonstrations.lengths[i]) // 2]))
        for i in range(0, len(demonstrations), max(1, len(demonstrations) // 50))
    ]
    pixels = [image[0].reshape(3, -1).T for image in images]  # (H * W, 3)
    return np.concatenate(pixels) / 255.0
