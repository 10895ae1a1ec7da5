import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.check import CheckConfig, check_source
from spawnnet_data.tools.lerobot_folder import write_lerobot


def opened(path: Path) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source))


def test_what_is_written_reads_as_its_source(written: Any, tmp_path: Path) -> None:
    before = opened(written.path)
    out = tmp_path / "out"
    names = list(write_lerobot(before, out, rate=10))
    assert names == [episode.name for episode in before.source.episodes]
    after = opened(out)
    assert after.source.format == "LeRobot v3.0"
    assert (after.source.rate, after.views) == (10, before.views)
    assert after.lengths.tolist() == before.lengths.tolist()
    for i in range(len(before)):
        np.testing.assert_array_equal(after.actions(i), before.actions(i))
        np.testing.assert_array_equal(after.proprioception(i), before.proprioception(i))
        steps = np.arange(before.lengths[i])
        difference = after.rgb(i, steps).astype(float) - before.rgb(i, steps)
        assert np.abs(difference).mean() < 4
        np.testing.assert_array_equal(after.depth(i, steps), before.depth(i, steps))
        assert after.episode(i).task == before.episode(i).task
    assert [p for found in check_source(after.source, CheckConfig()) for p in found] == []
    assert not list(tmp_path.glob(".*"))


def test_the_index_counts_frames_through_all_episodes(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    list(write_lerobot(opened(write.original(tmp_path / "set").path), tmp_path / "out", rate=5))
    tables = [pq.read_table(file) for file in sorted((tmp_path / "out/data").rglob("*.parquet"))]
    numbers = np.concatenate([table["index"].to_numpy() for table in tables])
    assert numbers.tolist() == list(range(sum(write.lengths)))
    info = json.loads((tmp_path / "out/meta/info.json").read_text())
    assert (info["total_frames"], info["total_episodes"]) == (sum(write.lengths), 3)
    statistics = json.loads((tmp_path / "out/meta/stats.json").read_text())
    assert len(statistics["action"]["mean"]) == 8
    assert np.shape(statistics["observation.images.view_0"]["std"]) == (3, 1, 1)


def test_a_rate_must_be_known_and_the_folder_new(tmp_path: Path, write: SimpleNamespace) -> None:
    demonstrations = opened(write.original(tmp_path / "set").path)
    with pytest.raises(ConfigurationError, match="rate: must be set"):
        list(write_lerobot(demonstrations, tmp_path / "out"))
    with pytest.raises(ConfigurationError, match=r"destination: .*set exists"):
        list(write_lerobot(demonstrations, tmp_path / "set", rate=10))
