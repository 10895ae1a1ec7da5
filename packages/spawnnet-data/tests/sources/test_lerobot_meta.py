import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.lerobot_meta import read_episodes, read_info


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fps": 0}, "`fps` cannot be used"),
        ({"fps": float("nan")}, "`fps` cannot be used|not valid"),
        ({"fps": "fast"}, "`fps` cannot be used"),
        ({"features": [1]}, "`features` cannot be used"),
        ({"features": {"a": {"dtype": "float32", "shape": [-1]}}}, "`features.a.shape.0` cannot"),
        (
            {"features": {"a": {"dtype": "float32", "shape": [10**9]}}},
            "`features.a.shape.0` cannot",
        ),
        ({"features": {"a": {"shape": [1]}}}, "`features.a.dtype` is missing"),
        ({"codebase_version": "v9"}, "LeRobot format 'v9' is not read"),
        ({"chunks_size": 0}, "`chunks_size` cannot be used"),
        ({"splits": {"train": 3}}, "`splits.train` cannot be used"),
        ({"splits": {"train": "a:b"}}, "cannot be read"),
        ({"data_path": None}, "`data_path` cannot be used"),
    ],
)
def test_a_wrong_entry_is_named(
    tmp_path: Path, write: SimpleNamespace, change: dict[str, Any], message: str
) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    info = json.loads((path / "meta/info.json").read_text())
    (path / "meta/info.json").write_text(json.dumps(info | change))
    with pytest.raises(DataError, match=message):
        open_source(path)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{episode_index.__class__}", "is not a plain one"),
        ("{episode_index!r}", "is not a plain one"),
        ("{0}", "asks for '0'"),
        ("{episode_index:>999999999d}", "is not a plain one"),
        ("{video_key", "is not a plain one"),
        ("{chunk_index:03d}", "asks for 'chunk_index'"),
    ],
)
def test_templates_are_plain(
    tmp_path: Path, write: SimpleNamespace, template: str, message: str
) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    write.lerobot_info(path, "v2.1", data_path=template)
    with pytest.raises(DataError, match=message):
        read_episodes(path, read_info(path))


@pytest.mark.parametrize("template", ["../secret.parquet", "{root}/secret.parquet", "link.parquet"])
def test_files_outside_of_the_folder_are_not_read(
    tmp_path: Path, write: SimpleNamespace, template: str
) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    (path / "data/chunk-000/episode_000000.parquet").rename(tmp_path / "secret.parquet")
    (path / "link.parquet").symlink_to(tmp_path / "secret.parquet")
    template = template.replace("{root}", str(tmp_path))
    write.lerobot_info(path, "v2.1", data_path=template)
    with pytest.raises(DataError, match=r"outside of the data set, in .*secret\.parquet"):
        open_source(path).read(0, "action")
    assert open_source(path, follow_links=True).read(0, "action").shape == (5, 8)


@pytest.mark.parametrize("name", ["info.json", "episodes.jsonl"])
def test_an_index_outside_of_the_folder_is_not_read(
    tmp_path: Path, write: SimpleNamespace, name: str
) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    (path / "meta" / name).rename(tmp_path / "secret")
    (path / "meta" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match=rf"{name} lies outside of the data set, in .*secret"):
        open_source(path)
    assert open_source(path, follow_links=True).episodes


def test_a_table_of_more_rows_than_it_can_hold_is_refused(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    file = path / "data/chunk-000/episode_000000.parquet"
    many = pa.chunked_array([pa.array(np.zeros(2**20, np.int64))] * 16)
    parquet.write_table(pa.table({"episode_index": many}), file, compression="zstd")
    assert file.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"declares 134,217,728 bytes of values"):
        open_source(path).read(0, "action")
