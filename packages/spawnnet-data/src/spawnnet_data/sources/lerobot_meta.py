"""The index of a LeRobotDataset: which rows and which seconds of which files are an episode.

Layouts: v2.0 and v2.1 keep one Parquet file and one video per camera for each episode; v3.0 keeps
many episodes per file. https://huggingface.co/docs/lerobot/lerobot-dataset-v3
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spawnnet_data.sources.extras import require
from spawnnet_data.sources.problem import DataError, Problem, reason

VERSIONS = ("v2.0", "v2.1", "v3.0")


@dataclass(frozen=True)
class Clip:
    """Part of a video file, from `start` (s)."""

    file: Path
    start: float


@dataclass(frozen=True)
class EpisodeRecord:
    """Where one episode is.

    Attributes:
        index: The data set's own number of it; numbers may have gaps.
        length: Number of frames, by the index.
        data: The Parquet file.
        clips: Its part of a video file for each camera that is stored as video.
        task: Instructions in words, joined by `; `.
    """

    index: int
    length: int
    data: Path
    clips: Mapping[str, Clip]
    task: str


def read_info(root: Path) -> dict[str, Any]:
    """Return `meta/info.json`.

    Raises:
        DataError: If it is missing, damaged, or of a version that is not read here.
    """
    path = root / "meta" / "info.json"
    try:
        info: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(Problem(str(path), f"cannot be read, {reason(error)}.")) from error
    version = info.get("codebase_version")
    if version not in VERSIONS:
        message = f"LeRobot format {version!r} is not read, only {', '.join(VERSIONS)}."
        raise DataError(Problem(str(path), message))
    missing = [name for name in ("fps", "features", "data_path") if name not in info]
    if missing:
        raise DataError(Problem(str(path), f"`{missing[0]}` is missing."))
    return info


def read_episodes(root: Path, info: Mapping[str, Any]) -> list[EpisodeRecord]:
    """Return every episode of the index, in order of its number.

    Raises:
        DataError: If the index cannot be read.
    """
    v3 = info["codebase_version"].startswith("v3")
    videos = [name for name, item in info["features"].items() if item["dtype"] == "video"]
    try:
        if v3:
            records = [_record_v3(root, info, videos, row) for row in _rows_v3(root)]
        else:
            records = [_record_v2(root, info, videos, row) for row in _rows_v2(root)]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        message = f"the index of episodes cannot be read, {reason(error)}."
        raise DataError(Problem(str(root / "meta"), message)) from error
    return sorted(records, key=lambda record: record.index)


def _rows_v2(root: Path) -> list[dict[str, Any]]:
    text = (root / "meta" / "episodes.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _rows_v3(root: Path) -> Iterable[dict[str, Any]]:
    parquet = require("pyarrow.parquet", "lerobot")
    files = sorted((root / "meta" / "episodes").rglob("*.parquet"))
    if not files:
        raise FileNotFoundError("meta/episodes holds no Parquet file")
    for file in files:
        with parquet.ParquetFile(file) as table:
            # The statistics are most of the file and not needed.
            columns = [n for n in table.schema_arrow.names if not n.startswith("stats/")]
            yield from table.read(columns=columns).to_pylist()


def _record_v2(
    root: Path, info: Mapping[str, Any], videos: Iterable[str], row: Mapping[str, Any]
) -> EpisodeRecord:
    index = int(row["episode_index"])
    numbers = {"episode_index": index, "episode_chunk": index // info["chunks_size"]}
    clips = {
        key: Clip(root / info["video_path"].format(video_key=key, **numbers), 0.0) for key in videos
    }
    data = root / info["data_path"].format(**numbers)
    return EpisodeRecord(index, int(row["length"]), data, clips, _task(row))


def _record_v3(
    root: Path, info: Mapping[str, Any], videos: Iterable[str], row: Mapping[str, Any]
) -> EpisodeRecord:
    def place(prefix: str) -> dict[str, int]:
        return {name: int(row[f"{prefix}/{name}"]) for name in ("chunk_index", "file_index")}

    clips = {}
    for key in videos:
        file = info["video_path"].format(video_key=key, **place(f"videos/{key}"))
        clips[key] = Clip(root / file, float(row[f"videos/{key}/from_timestamp"]))
    data = root / info["data_path"].format(**place("data"))
    return EpisodeRecord(int(row["episode_index"]), int(row["length"]), data, clips, _task(row))


def _task(row: Mapping[str, Any]) -> str:
    tasks = row.get("tasks") or []
    return tasks if isinstance(tasks, str) else "; ".join(tasks)
