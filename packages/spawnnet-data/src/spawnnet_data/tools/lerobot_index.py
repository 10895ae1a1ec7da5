"""The index of a LeRobotDataset v3.0: `meta/info.json`, its episodes and its tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spawnnet_data.common.extras import require
from spawnnet_data.common.json_file import write_json
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.sources.source import first_spec

_COUNTERS = ("frame_index", "episode_index", "index", "task_index")
_INSTRUCTIONS = "__index_level_0__"
# LeRobot reads tasks by pandas, which finds here that the instructions are the index of its table.
_PANDAS = {
    "index_columns": [_INSTRUCTIONS],
    "column_indexes": [],
    "columns": [
        {"name": name, "field_name": field, "pandas_type": kind, "numpy_type": dtype}
        | {"metadata": None}
        for name, field, kind, dtype in (
            ("task_index", "task_index", "int64", "int64"),
            (None, _INSTRUCTIONS, "unicode", "object"),
        )
    ],
}


def info_of(demonstrations: Demonstrations, fps: float, num_tasks: int) -> dict[str, Any]:
    """Return `meta/info.json`."""
    return {
        "codebase_version": "v3.0",
        "robot_type": None,
        "total_episodes": len(demonstrations),
        "total_frames": int(demonstrations.lengths.sum()),
        "total_tasks": num_tasks,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": int(fps) if fps == int(fps) else fps,
        "splits": {"train": f"0:{len(demonstrations)}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        "features": _features(demonstrations, fps),
    }


def _features(demonstrations: Demonstrations, fps: float) -> dict[str, Any]:
    sizes = demonstrations.view_sizes()
    features: dict[str, Any] = {}
    for name, view in demonstrations.mapping.views.items():
        H, W = sizes[view.rgb]
        features[f"observation.images.{name}"] = {
            "dtype": "video",
            "shape": [H, W, 3],
            "names": ["height", "width", "channels"],
            "info": {"video.fps": fps, "video.codec": "h264", "video.is_depth_map": False},
        }
        if view.depth:
            shape = [1, *sizes[view.depth]]
            features[f"observation.depth.{name}"] = _column("float32", shape, None)
    mapping = demonstrations.mapping
    if mapping.proprioception:
        names = _names(demonstrations, mapping.proprioception)
        width = demonstrations.proprioception_dim
        features["observation.state"] = _column("float32", [width], names)
    names = _names(demonstrations, mapping.actions)
    features["action"] = _column("float32", [demonstrations.action_dim], names)
    features["timestamp"] = _column("float32", [1], None)
    return features | {name: _column("int64", [1], None) for name in _COUNTERS}


def _column(dtype: str, shape: list[int], names: list[str] | None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "names": names}


def _names(demonstrations: Demonstrations, keys: Sequence[str]) -> list[str] | None:
    """Return the names of the values of keys side by side, None unless all have some."""
    specs = [first_spec(demonstrations.source, key) for key in keys]
    return [n for spec in specs for n in spec.names] if all(s.names for s in specs) else None


def episode_row(
    index: int, first: int, length: int, task: str, fps: float, demonstrations: Demonstrations
) -> dict[str, Any]:
    """Return the row of an episode that has files of its own.

    Args:
        index: Number of the episode, and of its files.
        first: Number of its first frame through all episodes.
        length: Number of its frames.
        task: Its instruction.
        fps: Frames per second (Hz).
        demonstrations: What is written.
    """
    row: dict[str, Any] = {"episode_index": index, "tasks": [task], "length": length}
    row |= {"data/chunk_index": 0, "data/file_index": index}
    row |= {"dataset_from_index": first, "dataset_to_index": first + length}
    for view in demonstrations.views:
        prefix = f"videos/observation.images.{view}"
        row |= {f"{prefix}/chunk_index": 0, f"{prefix}/file_index": index}
        row |= {f"{prefix}/from_timestamp": 0.0, f"{prefix}/to_timestamp": length / fps}
    return row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}


def write_index(
    root: Path,
    info: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tasks: Mapping[str, int],
) -> None:
    """Write the index below `root`.

    Args:
        root: Folder of the data set.
        info: Contents of `info.json`.
        rows: One row per episode.
        tasks: Number of each instruction.
    """
    pa, parquet = require("pyarrow", "lerobot"), require("pyarrow.parquet", "lerobot")
    episodes = root / "meta/episodes/chunk-000/file-000.parquet"
    episodes.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(list(rows)), episodes)
    table = pa.table({"task_index": list(tasks.values()), _INSTRUCTIONS: list(tasks)})
    table = table.replace_schema_metadata({"pandas": json.dumps(_PANDAS)})
    parquet.write_table(table, root / "meta/tasks.parquet")
    write_json(root / "meta/info.json", info)
