"""The index of a LeRobotDataset: which rows and which seconds of which files are an episode.

Layouts: v2.0 and v2.1 keep one Parquet file and one video per camera for each episode; v3.0 keeps
many episodes per file. https://huggingface.co/docs/lerobot/lerobot-dataset-v3
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, Field, ValidationError

from spawnnet_data.common.errors import DataError, Problem, reason
from spawnnet_data.sources.guarded import guard
from spawnnet_data.sources.lerobot_table import open_parquet, read_batches

VERSIONS = ("v2.0", "v2.1", "v3.0")
_MOST_BYTES = 256 * 2**20
_PLACEHOLDER = re.compile(r"\{(\w+)(?::0?(\d{1,2})d?)?\}")

Size = Annotated[int, Field(ge=1, le=100_000)]


class Feature(BaseModel):
    """A column or a camera: how `meta/info.json` describes it."""

    dtype: str
    shape: list[Size] = Field(max_length=8)
    names: Any = None
    info: dict[str, Any] | None = None
    video_info: dict[str, Any] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What is said of a video."""
        return self.info or self.video_info or {}

    @property
    def is_depth_video(self) -> bool:
        """Whether a video shows distances."""
        return bool(self.told.get("video.is_depth_map") or self.told.get("is_depth_map"))


class Info(BaseModel):
    """What of `meta/info.json` is used.

    Attributes:
        codebase_version: Version of the format.
        fps: Time steps per second (Hz).
        features: The columns and cameras by name.
        data_path: Template of the Parquet files.
        video_path: Template of the videos, or None without videos.
        chunks_size: Episodes per directory before v3.0.
        splits: `start:stop` of each named part.
    """

    codebase_version: Literal["v2.0", "v2.1", "v3.0"]
    fps: Annotated[float, Field(gt=0, le=1e6)]
    features: dict[str, Feature]
    data_path: str
    video_path: str | None = None
    chunks_size: Annotated[int, Field(ge=1)] = 1000
    splits: dict[str, str] = {}


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


class _Row(BaseModel):
    episode_index: Annotated[int, Field(ge=0, lt=2**53)]
    length: Annotated[int, Field(lt=2**31)]
    tasks: list[str] | str | None = None

    @property
    def task(self) -> str:
        return self.tasks if isinstance(self.tasks, str) else "; ".join(self.tasks or ())


def read_info(root: Path) -> Info:
    """Return `meta/info.json`.

    Raises:
        DataError: If it is missing, damaged, or of a version that is not read here.
    """
    path = root / "meta" / "info.json"
    try:
        return Info.model_validate_json(_text(path))
    except ValidationError as error:
        raise DataError(Problem(str(path), _first_error(error))) from error
    except OSError as error:
        raise DataError(Problem(str(path), f"cannot be read, {reason(error)}.")) from error


def _first_error(error: ValidationError) -> str:
    first = error.errors()[0]
    field, given = ".".join(map(str, first["loc"])), first.get("input")
    if field == "codebase_version" and first["type"] != "missing":
        return f"LeRobot format {given!r} is not read, only {', '.join(VERSIONS)}."
    if first["type"] == "missing":
        return f"`{field}` is missing."
    return f"`{field}` cannot be used, {first['msg']}." if field else f"{first['msg']}."


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise OSError(f"it has more than {_MOST_BYTES:,} bytes")
    return path.read_text("utf-8")


def read_episodes(root: Path, info: Info) -> list[EpisodeRecord]:
    """Return every episode of the index, in order of its number.

    Raises:
        DataError: If the index cannot be read.
    """
    videos = [name for name, item in info.features.items() if item.dtype == "video"]
    is_v3 = info.codebase_version.startswith("v3")
    place = Problem(str(root / "meta"), "")
    with guard(place):
        try:
            if is_v3:
                records = [_record_v3(root, info, videos, row) for row in _rows_v3(root)]
            else:
                records = [_record_v2(root, info, videos, row) for row in _rows_v2(root)]
        except (OSError, KeyError, ValueError, TypeError) as error:
            text = _first_error(error) if isinstance(error, ValidationError) else reason(error)
            message = f"the index of episodes cannot be read, {text.rstrip('.')}."
            raise DataError(Problem(place.file, message)) from error
    return sorted(records, key=lambda record: record.index)


def _rows_v2(root: Path) -> list[dict[str, Any]]:
    lines = _text(root / "meta" / "episodes.jsonl").splitlines()
    return [pydantic.TypeAdapter(dict[str, Any]).validate_json(line) for line in lines if line]


def _rows_v3(root: Path) -> Iterable[dict[str, Any]]:
    files = sorted((root / "meta" / "episodes").rglob("*.parquet"))
    if not files:
        raise FileNotFoundError("meta/episodes holds no Parquet file")
    for file in files:
        with open_parquet(file) as table:
            # The statistics are most of the file and not needed.
            columns = [n for n in table.schema_arrow.names if not n.startswith("stats/")]
            for batch in read_batches(table, file.stat().st_size, columns):
                yield from batch.to_pylist()


def _record_v2(
    root: Path, info: Info, videos: Iterable[str], row: Mapping[str, Any]
) -> EpisodeRecord:
    known = _Row.model_validate(row)
    index = known.episode_index
    numbers = {"episode_index": index, "episode_chunk": index // info.chunks_size}
    clips = {key: Clip(root / _filled(info.video_path, numbers, key), 0.0) for key in videos}
    data = root / _filled(info.data_path, numbers)
    return EpisodeRecord(index, known.length, data, clips, known.task)


def _record_v3(
    root: Path, info: Info, videos: Iterable[str], row: Mapping[str, Any]
) -> EpisodeRecord:
    def numbers(prefix: str) -> dict[str, int]:
        return {name: int(row[f"{prefix}/{name}"]) for name in ("chunk_index", "file_index")}

    known = _Row.model_validate(row)
    clips = {}
    for key in videos:
        file = root / _filled(info.video_path, numbers(f"videos/{key}"), key)
        clips[key] = Clip(file, float(row[f"videos/{key}/from_timestamp"]))
    data = root / _filled(info.data_path, numbers("data"))
    return EpisodeRecord(known.episode_index, known.length, data, clips, known.task)


def _filled(template: str | None, numbers: Mapping[str, int], video_key: str = "") -> str:
    """Return a path from a template of `info.json`: plain names and widths, no more of `format`."""
    if template is None:
        raise ValueError("`video_path` is missing, and there are videos")

    def value(match: re.Match[str]) -> str:
        name, width = match.groups()
        if name == "video_key":
            return video_key
        if name not in numbers:
            raise ValueError(f"the template {template!r} asks for {name!r}")
        return str(numbers[name]).zfill(int(width or 0))

    path = _PLACEHOLDER.sub(value, template)
    if "{" in path or "}" in path:
        raise ValueError(f"the template {template!r} is not a plain one")
    return path
