import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.lerobot_index import episode_row, info_of, write_index

KEYS = KeyMapping(
    {"b": ViewConfig("obs/rgb/1", "obs/depth/1"), "a": ViewConfig("obs/rgb/0")},
    actions=("actions", "obs/state"),
    proprioception=("obs/state",),
)


@pytest.fixture
def demonstrations(tmp_path: Path, write: SimpleNamespace) -> Demonstrations:
    return Demonstrations(open_source(write.original(tmp_path / "set").path), KEYS)


def test_info_counts_and_describes_every_feature(
    demonstrations: Demonstrations, write: SimpleNamespace
) -> None:
    info = info_of(demonstrations, 10.0, num_tasks=2)
    assert (info["total_episodes"], info["total_frames"]) == (3, sum(write.lengths))
    assert (info["fps"], info["splits"]) == (10, {"train": "0:3"})
    shapes = {name: feature["shape"] for name, feature in info["features"].items()}
    height, width = write.size
    assert shapes["observation.images.a"] == [height, width, 3]
    assert shapes["observation.depth.b"] == [1, height, width]
    assert "observation.depth.a" not in shapes
    assert (shapes["action"], shapes["observation.state"]) == ([15], [7])
    assert info_of(demonstrations, 12.5, num_tasks=2)["fps"] == 12.5


def test_a_row_tells_where_an_episode_is(demonstrations: Demonstrations) -> None:
    row = episode_row(2, 14, 4, "open", 10.0, demonstrations)
    assert (row["dataset_from_index"], row["dataset_to_index"]) == (14, 18)
    assert row["tasks"] == ["open"]
    assert row["videos/observation.images.b/file_index"] == row["data/file_index"] == 2
    assert row["videos/observation.images.a/to_timestamp"] == pytest.approx(0.4)


def test_the_index_on_disk_is_what_was_given(
    demonstrations: Demonstrations, tmp_path: Path
) -> None:
    rows = [episode_row(i, 5 * i, 5, "open", 10.0, demonstrations) for i in range(2)]
    write_index(tmp_path / "out", {"fps": 10}, rows, {"open": 0, "close": 1})
    meta = tmp_path / "out" / "meta"
    assert json.loads((meta / "info.json").read_text()) == {"fps": 10}
    assert pq.read_table(meta / "episodes/chunk-000/file-000.parquet").to_pylist() == rows
    table = pq.read_table(meta / "tasks.parquet")
    assert table.to_pydict() == {"task_index": [0, 1], "__index_level_0__": ["open", "close"]}
    # LeRobot reads it by pandas, which wants every column described.
    told = json.loads(table.schema.metadata[b"pandas"])
    assert [column["field_name"] for column in told["columns"]] == table.column_names
    assert told["index_columns"] == ["__index_level_0__"]
