"""Small data sets in every format, written by libraries of those formats, with what they hold."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zarr
from numpy.typing import NDArray

Array = NDArray[Any]
LENGTHS = (5, 9, 4)
HEIGHT, WIDTH = 32, 48
FPS = 10


@dataclass
class Written:
    """A data set on disk and the arrays that reading it should give, by key, for each episode."""

    path: Path
    episodes: list[dict[str, Array]]
    # Video is lossy: largest mean difference in grey levels.
    tolerance: dict[str, float] = field(default_factory=dict)


def pictures(episode: int, length: int, view: int = 0) -> Array:
    """Return images `(T, 3, H, W)` whose colour tells episode, step and view."""
    images = np.zeros((length, 3, HEIGHT, WIDTH), np.uint8)
    images[:, 0] = 8 * np.arange(length)[:, None, None]
    images[:, 1] = 60 * (episode % 4) + 20
    images[:, 2] = 100 * view + 30
    images[:, :, : HEIGHT // 2] //= 2
    return images


def noise(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the directory with files of other projects."""
    path = os.environ.get("SPAWNNET_REFERENCE")
    if not path:
        pytest.skip("SPAWNNET_REFERENCE is not set")
    return Path(path)


def write_trajectory(
    path: Path, length: int, seed: int = 0, *, typed: bool = False, name: str = "traj_0"
) -> dict[str, Array]:
    """Add a trajectory in the original's layout to a file; return its keys."""
    arrays = {
        "obs/rgb": np.stack([pictures(seed, length, view) for view in range(2)], 1),
        "obs/depth": np.abs(noise(seed, length, 2, 1, HEIGHT, WIDTH)),
        "obs/state": noise(seed + 100, length, 7),
        "actions": noise(seed + 200, length, 8),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "a") as file:
        for key, value in arrays.items():
            parts = [name, *key.split("/")]
            file["/".join(f"dict_str_{part}" if typed else part for part in parts)] = value
    keys = {key: value for key, value in arrays.items() if key not in ("obs/rgb", "obs/depth")}
    for key in ("obs/rgb", "obs/depth"):
        keys |= {f"{key}/{view}": arrays[key][:, view] for view in range(2)}
    return keys


def write_original(root: Path, lengths: tuple[int, ...] = LENGTHS, typed: bool = False) -> Written:
    episodes = [
        write_trajectory(root / f"traj_{i}.h5", length, i, typed=typed)
        for i, length in enumerate(lengths)
    ]
    return Written(root, episodes)


def write_original_typed(root: Path) -> Written:
    return write_original(root, typed=True)


def write_robomimic(root: Path) -> Written:
    root.mkdir(parents=True)
    path = root / "demos.hdf5"
    episodes = []
    with h5py.File(path, "w") as file:
        file.create_group("data").attrs["env_args"] = json.dumps(
            {"env_kwargs": {"control_freq": 20}}
        )
        for i, length in enumerate(LENGTHS):
            demo = file.create_group(f"data/demo_{i}")
            demo.attrs["num_samples"] = length
            arrays = {
                "obs/front_image": pictures(i, length).transpose(0, 2, 3, 1),
                "obs/front_depth": np.abs(noise(i, length, HEIGHT, WIDTH, 1)),
                "obs/eef_pos": noise(i + 10, length, 3).astype(np.float64),
                "obs/object": noise(i + 20, length, 4),
                "actions": noise(i + 30, length, 7).astype(np.float64),
            }
            for key, value in arrays.items():
                chunks = (1, *value.shape[1:]) if value.ndim == 4 else None
                demo.create_dataset(
                    key, data=value, chunks=chunks, compression="gzip" if chunks else None
                )
            images = {k: np.moveaxis(v, -1, 1) for k, v in arrays.items() if v.ndim == 4}
            episodes.append(arrays | images)
        file["mask/train"] = np.array([b"demo_0", b"demo_2"])
        file["mask/valid"] = np.array([b"demo_1"])
    return Written(path, episodes)


def write_video(path: Path, images: Array, *, gop: int = 4) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "4", "g": str(gop)})
        stream.height, stream.width, stream.pix_fmt = HEIGHT, WIDTH, "yuv444p"
        for image in images:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def lerobot_features() -> dict[str, Any]:
    camera = {"dtype": "video", "shape": [HEIGHT, WIDTH, 3], "names": ["height", "width", "c"]}
    return {
        "observation.images.front": camera,
        "observation.images.wrist": camera,
        "observation.state": {"dtype": "float32", "shape": [7], "names": None},
        "action": {"dtype": "float32", "shape": [8], "names": None},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
        "episode_index": {"dtype": "int64", "shape": [1], "names": None},
        "next.text": {"dtype": "string", "shape": [1], "names": None},
    }


def lerobot_arrays(episode: int, length: int) -> dict[str, Array]:
    return {
        "observation.images.front": pictures(episode, length, 0),
        "observation.images.wrist": pictures(episode, length, 1),
        "observation.state": noise(episode, length, 7),
        "action": noise(episode + 50, length, 8),
        "timestamp": (np.arange(length, dtype=np.float32) / FPS)[:, None],
        "episode_index": np.full((length, 1), episode),
    }


def lerobot_table(arrays: dict[str, Array]) -> pa.Table:
    columns = {}
    for key, value in arrays.items():
        if value.ndim == 2:
            flat = pa.array(value.ravel())
            is_vector = value.shape[1] > 1
            columns[key] = (
                pa.FixedSizeListArray.from_arrays(flat, value.shape[1]) if is_vector else flat
            )
    return pa.table(columns)


def write_info(root: Path, version: str, **more: Any) -> None:
    v3 = version.startswith("v3")
    info = {
        "codebase_version": version,
        "fps": FPS,
        "chunks_size": 1000,
        "features": lerobot_features(),
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
        if v3
        else "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
        if v3
        else "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
    }
    (root / "meta").mkdir(parents=True, exist_ok=True)
    (root / "meta" / "info.json").write_text(json.dumps(info | more))


def write_lerobot_v2(root: Path, numbers: tuple[int, ...] = (0, 1, 2)) -> Written:
    write_info(root, "v2.1", splits={"train": "0:2", "test": "2:3"})
    episodes, lines = [], []
    for number, length in zip(numbers, LENGTHS, strict=True):
        arrays = lerobot_arrays(number, length)
        episodes.append(arrays)
        lines.append({"episode_index": number, "length": length, "tasks": [f"task {number}"]})
        data = root / f"data/chunk-{number // 1000:03d}/episode_{number:06d}.parquet"
        data.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(lerobot_table(arrays), data)
        for camera in ("front", "wrist"):
            key = f"observation.images.{camera}"
            name = f"videos/chunk-{number // 1000:03d}/{key}/episode_{number:06d}.mp4"
            write_video(root / name, arrays[key])
    (root / "meta/episodes.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return Written(root, episodes, {f"observation.images.{c}": 3.0 for c in ("front", "wrist")})


def write_lerobot_v3(root: Path, *, gop: int = 4) -> Written:
    """Write episodes 0, 1, 4, 5, two to a Parquet file, videos split elsewhere than the data."""
    write_info(root, "v3.0", splits={"train": "0:5", "test": "5:6"})
    numbers, lengths = (0, 1, 4, 5), (5, 9, 4, 6)
    episodes = [lerobot_arrays(n, length) for n, length in zip(numbers, lengths, strict=True)]
    rows = [
        {"episode_index": n, "length": length, "tasks": ["open", f"task {n}"], "stats/action": [n]}
        for n, length in zip(numbers, lengths, strict=True)
    ]
    for file, members in enumerate([(0, 1), (2, 3)]):
        tables = [lerobot_table(episodes[i]) for i in members]
        path = root / f"data/chunk-000/file-{file:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Row groups that do not fall on the ends of episodes.
        pq.write_table(pa.concat_tables(tables), path, row_group_size=4)
        for i in members:
            rows[i] |= {"data/chunk_index": 0, "data/file_index": file}
    for camera, groups in (("front", [(0, 1, 2), (3,)]), ("wrist", [(0,), (1, 2, 3)])):
        key = f"observation.images.{camera}"
        for file, members in enumerate(groups):
            clips = [episodes[i][key] for i in members]
            # The second file is the first of the next chunk.
            write_video(root / f"videos/{key}/chunk-00{file}/file-000.mp4", np.concatenate(clips))
            start = 0
            for i in members:
                rows[i] |= {f"videos/{key}/chunk_index": file, f"videos/{key}/file_index": 0}
                rows[i][f"videos/{key}/from_timestamp"] = start / FPS
                start += lengths[i]
                rows[i][f"videos/{key}/to_timestamp"] = start / FPS
    index = root / "meta/episodes/chunk-000"
    index.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows[:1]), index / "file-000.parquet")
    pq.write_table(pa.Table.from_pylist(rows[1:]), index / "file-001.parquet")
    return Written(root, episodes, {f"observation.images.{c}": 3.0 for c in ("front", "wrist")})


def write_zarr(root: Path, *, image_dtype: str = "f4", scale: float = 1.0) -> Written:
    path = root / "replay.zarr"
    episodes = [
        {
            "img": pictures(i, length),
            "depth": np.abs(noise(i, length, 1, HEIGHT, WIDTH)),
            "state": noise(i + 5, length, 5),
            "action": noise(i + 9, length, 2),
        }
        for i, length in enumerate(LENGTHS)
    ]
    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    for key in episodes[0]:
        values = np.concatenate([episode[key] for episode in episodes])
        if key == "img":
            values = (values.transpose(0, 2, 3, 1) * scale).astype(image_dtype)
        group.create_array(f"data/{key}", data=values, chunks=(4, *values.shape[1:]))
    group.create_array("meta/episode_ends", data=np.cumsum(LENGTHS))
    return Written(path, episodes)


WRITERS: dict[str, Callable[[Path], Written]] = {
    "original": write_original,
    "original typed": write_original_typed,
    "robomimic": write_robomimic,
    "lerobot v2.1": write_lerobot_v2,
    "lerobot v3.0": write_lerobot_v3,
    "zarr": write_zarr,
}


@pytest.fixture(scope="session")
def write() -> SimpleNamespace:
    """Return the writers; with `--import-mode=importlib` test modules cannot import this one."""
    return SimpleNamespace(
        lengths=LENGTHS,
        size=(HEIGHT, WIDTH),
        fps=FPS,
        pictures=pictures,
        trajectory=write_trajectory,
        original=write_original,
        robomimic=write_robomimic,
        lerobot_v2=write_lerobot_v2,
        lerobot_v3=write_lerobot_v3,
        lerobot_info=write_info,
        lerobot_features=lerobot_features,
        video=write_video,
        zarr=write_zarr,
    )


@pytest.fixture(scope="session", params=WRITERS, ids=lambda name: name.replace(" ", "-"))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return one data set of every format; not to be changed."""
    return WRITERS[request.param](tmp_path_factory.mktemp("data") / "set")
