from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data import ConfigurationError, DataSummary, infer_mapping, open_source


def test_a_set_of_every_format_is_summed_up(written: Any) -> None:
    source = open_source(written.path)
    summary = DataSummary.of(source)
    assert summary.mapping == infer_mapping(source)
    assert summary.lengths == tuple(episode.length for episode in source.episodes)
    assert summary.rate == source.rate
    assert set(summary.view_sizes) == set(summary.mapping.views)
    for name, view in summary.mapping.views.items():
        assert summary.view_sizes[name] == source.describe(0, view.rgb).shape[1:]
    (key,) = summary.mapping.actions
    assert (summary.action_dim,) == source.describe(0, key).shape
    assert len(summary.action_names) in (0, summary.action_dim)
    assert summary.num_broken == 0


def test_parts_and_widths_are_told(tmp_path: Path, write: SimpleNamespace) -> None:
    summary = DataSummary.of(open_source(write.robomimic(tmp_path / "set").path))
    assert summary.splits == {"train": 2, "valid": 1}
    assert summary.proprioception_dim == 3  # what the simulator alone knows is left out


def test_broken_episodes_are_counted(tmp_path: Path) -> None:
    for index in range(3):
        with h5py.File(tmp_path / f"{index}.h5", "w") as file:
            file["actions"] = np.full((5, 4), np.nan if index == 1 else 0.0)
            file["rgb"] = np.zeros((5, 3, 8, 12), np.uint8)
    summary = DataSummary.of(open_source(tmp_path))
    assert (len(summary.lengths), summary.num_broken) == (2, 1)
    assert summary.proprioception_dim == 0


def test_a_set_without_actions_is_an_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["rgb"] = np.zeros((5, 3, 8, 12), np.uint8)
    with pytest.raises(ConfigurationError, match="no key is called action"):
        DataSummary.of(open_source(tmp_path))
