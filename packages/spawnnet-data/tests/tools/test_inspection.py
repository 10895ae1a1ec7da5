from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np

from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.inspection import summarize


def test_summary_has_range_and_spec_of_every_key(written: Any) -> None:
    source = open_source(written.path)
    for item in summarize(source):
        assert item.spec == source.describe(0, item.key)
        values = [episode[item.key] for episode in written.episodes]
        if item.spec.kind == "array":
            assert item.low == min(float(np.min(v)) for v in values)
            assert item.high == max(float(np.max(v)) for v in values)


def test_unreadable_key_is_told_and_the_rest_summarized(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.lerobot_v3(tmp_path / "set").path
    (path / "videos/observation.images.wrist/chunk-001/file-000.mp4").unlink()
    summaries = {item.key: item for item in summarize(open_source(path))}
    wrist = summaries["observation.images.wrist"]
    assert "the video is missing" in wrist.problem
    assert wrist.spec is not None  # of the first episode, whose video is there
    assert wrist.high > 0
    assert not summaries["observation.images.front"].problem


def test_a_key_without_values_has_no_range(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((4, 0), np.float32)
        file["image"] = np.zeros((4, 0, 9, 3), np.uint8)
    for item in summarize(open_source(tmp_path)):
        assert item.spec is not None
        assert item.spec.kind == "array"
        assert np.isnan(item.low)
