import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.lerobot import LeRobotSource

WRIST = "observation.images.wrist"
FRONT = "observation.images.front"


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_data_sets_that_lerobot_wrote(reference: Path, version: str) -> None:
    source = open_source(reference / f"datasets/lerobot_{version}")
    expected = np.load(reference / f"datasets/lerobot_{version}_expected.npz")
    episodes = range(len(source.episodes))

    def read(key: str) -> np.ndarray:
        return np.concatenate([source.read(i, key) for i in episodes])

    np.testing.assert_array_equal(read("observation.state"), expected["state"])
    np.testing.assert_array_equal(read("action"), expected["action"])
    np.testing.assert_array_equal(read("episode_index")[:, 0], expected["episode_index"])
    np.testing.assert_allclose(read("timestamp")[:, 0], expected["timestamp"], atol=1e-6)
    tasks = [e.task for e in source.episodes for _ in range(e.length)]
    assert tasks == expected["task"].tolist()
    for camera in ("front", "wrist"):
        images = read(f"observation.images.{camera}")[expected["picked_index"]]
        difference = np.abs(images.astype(float) - expected[f"picked_{camera}"])
        assert difference.mean() < 3


def test_single_frames_equal_those_of_a_whole_read(tmp_path: Path, write: SimpleNamespace) -> None:
    """Seeking into a long group of pictures gives the frame, not the key frame before it."""
    source = open_source(write.lerobot_v3(tmp_path / "set", gop=30).path)
    for episode in range(4):
        everything = source.read(episode, FRONT)
        for step in reversed(range(source.episodes[episode].length)):
            np.testing.assert_array_equal(source.read(episode, FRONT, [step])[0], everything[step])


def test_numbers_of_episodes_may_have_gaps(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set", numbers=(3, 1004, 2007))
    source = open_source(written.path)
    assert [e.name for e in source.episodes] == [
        "episode_000003",
        "episode_001004",
        "episode_002007",
    ]
    np.testing.assert_array_equal(source.read(1, "action"), written.episodes[1]["action"])
    assert source.read(2, WRIST).shape == (4, 3, *write.size)


def test_splits_are_ranges_of_episode_numbers(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.lerobot_v3(tmp_path / "set").path)
    assert source.splits == {"train": (0, 1, 2), "test": (3,)}
    assert source.episodes[2].task == "open; task 4"


def test_missing_video_concerns_its_camera_and_its_episodes_alone(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    written = write.lerobot_v3(tmp_path / "set")
    video = written.path / f"videos/{WRIST}/chunk-001/file-000.mp4"
    video.unlink()
    source = open_source(written.path)
    for episode in (1, 2, 3):
        with pytest.raises(DataError, match=f"{video}, .*key {WRIST}: the video is missing"):
            source.read(episode, WRIST)
        assert len(source.read(episode, FRONT)) == source.episodes[episode].length
    assert len(source.read(0, WRIST)) == 5


def test_truncated_video_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    video = written.path / f"videos/chunk-000/{WRIST}/episode_000001.mp4"
    video.write_bytes(video.read_bytes()[:-600])
    source = open_source(written.path)
    with pytest.raises(DataError, match=f"{video}, episode episode_000001, key {WRIST}: cannot be"):
        source.describe(1, WRIST)


def test_short_video_is_told_before_reading(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    write.video(written.path / f"videos/chunk-000/{WRIST}/episode_000001.mp4", write.pictures(1, 6))
    source = open_source(written.path)
    assert source.describe(1, WRIST).length == 6
    with pytest.raises(DataError, match=f"key {WRIST}, step 6: no frame at 0.600 s"):
        source.read(1, WRIST)


def test_video_of_another_size_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    features = write.lerobot_features()
    features[WRIST] = features[WRIST] | {"shape": [64, 48, 3]}
    written = write.lerobot_v2(tmp_path / "set")
    write.lerobot_info(written.path, "v2.1", features=features)
    with pytest.raises(DataError, match=rf"key {WRIST}: the video has \(32, 48\) pixels"):
        open_source(written.path).read(0, WRIST)


@pytest.mark.parametrize("names", [["channels", "height", "width"], None])
def test_shape_may_be_listed_with_channels_first(
    tmp_path: Path, write: SimpleNamespace, names: list[str] | None
) -> None:
    features = write.lerobot_features()
    shape = [3, *write.size]
    features[WRIST] = features[WRIST] | {"shape": shape, "names": names}
    written = write.lerobot_v2(tmp_path / "set")
    write.lerobot_info(written.path, "v2.1", features=features)
    source = open_source(written.path)
    assert source.describe(0, WRIST).shape == tuple(shape)
    difference = source.read(0, WRIST).astype(float) - written.episodes[0][WRIST]
    assert np.abs(difference).mean() < 3


def test_images_inside_the_table_are_decoded(tmp_path: Path, write: SimpleNamespace) -> None:
    features = write.lerobot_features()
    features["observation.images.front"] = features[FRONT] | {"dtype": "image"}
    written = write.lerobot_v2(tmp_path / "set")
    write.lerobot_info(written.path, "v2.1", features=features)
    images = written.episodes[1][FRONT]
    file = written.path / "data/chunk-000/episode_000001.parquet"
    cells = [
        {"bytes": as_png(image.transpose(1, 2, 0)), "path": f"frame_{i}.png"}
        for i, image in enumerate(images)
    ]
    pq.write_table(pq.read_table(file).append_column(FRONT, pa.array(cells)), file)
    source = open_source(written.path)
    np.testing.assert_array_equal(source.read(1, FRONT, [7, 2, 2]), images[[7, 2, 2]])


def test_depth_inside_the_table_keeps_its_16_bits(tmp_path: Path, write: SimpleNamespace) -> None:
    depth = np.random.default_rng(0).integers(0, 9000, (9, *write.size)).astype(np.uint16)
    key = "observation.images.front_depth"
    feature = {"dtype": "image", "shape": [*write.size, 1], "names": ["height", "width", "c"]}
    written = write.lerobot_v2(tmp_path / "set")
    features = {**write.lerobot_features(), key: feature}
    write.lerobot_info(written.path, "v2.1", features=features)
    file = written.path / "data/chunk-000/episode_000001.parquet"
    cells = [{"bytes": as_png(image), "path": None} for image in depth]
    pq.write_table(pq.read_table(file).append_column(key, pa.array(cells)), file)
    source = open_source(written.path)
    spec = source.describe(1, key)
    assert (spec.kind, spec.shape, spec.length) == ("depth", (1, *write.size), 9)
    np.testing.assert_array_equal(source.read(1, key, [8, 1])[:, 0], depth[[8, 1]])


def test_damaged_picture_names_its_step(tmp_path: Path, write: SimpleNamespace) -> None:
    features = write.lerobot_features()
    features[FRONT] = features[FRONT] | {"dtype": "image"}
    written = write.lerobot_v2(tmp_path / "set")
    write.lerobot_info(written.path, "v2.1", features=features)
    file = written.path / "data/chunk-000/episode_000001.parquet"
    cells = [{"bytes": as_png(image.transpose(1, 2, 0))} for image in written.episodes[1][FRONT]]
    cells[6]["bytes"] = cells[6]["bytes"][:30]
    pq.write_table(pq.read_table(file).append_column(FRONT, pa.array(cells)), file)
    source = open_source(written.path)
    assert len(source.read(1, FRONT, [5, 7])) == 2
    with pytest.raises(DataError, match=f"key {FRONT}, step 6: the image cannot be decoded"):
        source.read(1, FRONT)


def test_damaged_video_names_the_first_step_that_cannot_be_decoded(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    video = written.path / f"videos/chunk-000/{WRIST}/episode_000001.mp4"
    noise = np.random.default_rng(0).integers(0, 256, (9, 3, *write.size), np.uint8)
    write.video(video, noise, gop=1)
    content = bytearray(video.read_bytes())
    middle = content.index(b"mdat") + len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    video.write_bytes(content)
    source = open_source(written.path)
    with pytest.raises(DataError) as error:
        source.read(1, WRIST)
    assert error.value.problem is not None
    step = error.value.problem.step
    assert step in (3, 4, 5)
    assert len(source.read(1, WRIST, np.arange(step))) == step


def test_index_that_lacks_a_setting_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    path = written.path / "meta/info.json"
    info = json.loads(path.read_text())
    del info["fps"]
    path.write_text(json.dumps(info))
    with pytest.raises(DataError, match=r"info\.json: `fps` is missing"):
        open_source(written.path)


def test_episode_without_time_steps_is_a_problem(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    index = written.path / "meta/episodes.jsonl"
    index.write_text(index.read_text() + '\n{"episode_index": 7, "length": 0, "tasks": []}\n')
    source = open_source(written.path)
    assert len(source.episodes) == 3
    assert "episode_000007: has no time steps" in str(source.problems[0])


def as_png(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG")
    return stream.getvalue()


def test_other_versions_are_refused(tmp_path: Path, write: SimpleNamespace) -> None:
    write.lerobot_info(tmp_path, "v1.6")
    with pytest.raises(
        DataError, match=r"info\.json: LeRobot format 'v1\.6' is not read, only v2\.0"
    ):
        open_source(tmp_path)


@pytest.mark.parametrize("damage", ["cut short", "missing", "rows missing", "column missing"])
def test_damaged_table_names_the_file(tmp_path: Path, write: SimpleNamespace, damage: str) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    file = written.path / "data/chunk-000/episode_000001.parquet"
    if damage == "cut short":
        file.write_bytes(file.read_bytes()[:-50])
    elif damage == "missing":
        file.unlink()
    elif damage == "rows missing":
        file.write_bytes(file.with_name("episode_000000.parquet").read_bytes())
    else:
        pq.write_table(pq.read_table(file).drop_columns("action"), file)
    source = open_source(written.path)
    key = ", key action" if damage == "column missing" or damage == "rows missing" else ""
    with pytest.raises(DataError, match=f"{file}, episode episode_000001{key}: "):
        source.describe(1, "action")
    assert source.describe(0, "action").length == 5


def test_value_that_is_missing_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    file = written.path / "data/chunk-000/episode_000001.parquet"
    table = pq.read_table(file)
    rows = table["action"].to_pylist()
    rows[3][2] = None
    column = table.schema.names.index("action")
    pq.write_table(table.set_column(column, "action", pa.array(rows, pa.list_(pa.float32()))), file)
    with pytest.raises(DataError, match="key action: cannot be read, a value is missing"):
        open_source(written.path).read(1, "action")


def test_damaged_index_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.lerobot_v2(tmp_path / "set")
    index = written.path / "meta/episodes.jsonl"
    index.write_text(json.dumps({"length": 5}))
    with pytest.raises(DataError, match="the index of episodes cannot be read, `episode_index` is"):
        open_source(written.path)


def test_times_of_many_short_episodes_stay_in_memory(
    tmp_path: Path, write: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def read_times(_: LeRobotSource, episode: int) -> np.ndarray:
        read.append(episode)
        return np.zeros(4)

    monkeypatch.setattr(LeRobotSource, "_read_times", read_times)
    source = LeRobotSource(write.lerobot_v2(tmp_path / "set").path)
    for episode in [*range(5000)] * 2:
        source._times.get(episode)
    assert read == list(range(5000))
