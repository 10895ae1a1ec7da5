from pathlib import Path
from typing import Any

import h5py
import numpy as np

from spawnnet_data import DataSummary, first_settings, open_source
from spawnnet_data.reading.yaml_file import parse_yaml


def settings(path: Path, size: tuple[int, int] = (24, 16)) -> dict[str, Any]:
    """Read what is written as it would be read from a file."""
    text = "\n".join(first_settings(path, DataSummary.of(open_source(path)), size))
    found: dict[str, Any] = parse_yaml(text, "first settings")
    return found


def test_keys_are_those_of_the_names(written: Any) -> None:
    keys = settings(written.path)["keys"]
    mapping = DataSummary.of(open_source(written.path)).mapping
    assert list(keys["views"]) == list(mapping.views)
    for name, view in mapping.views.items():
        assert (keys["views"][name]["rgb"], keys["views"][name].get("depth")) == (
            view.rgb,
            view.depth,
        )
    assert keys["actions"] == list(mapping.actions)
    assert keys["proprioception"] == list(mapping.proprioception)
    assert keys["image_size"] == [24, 16]


def test_parts_are_trained_and_validated_on(tmp_path: Path, write: Any) -> None:
    path = write.robomimic(tmp_path / "set").path
    assert settings(path)["train"] == {"path": str(path), "split": "train"}
    assert settings(path)["validation"] == {"valid": {"path": str(path), "split": "valid"}}


def test_broken_episodes_are_left_out(tmp_path: Path) -> None:
    for index in range(2):
        with h5py.File(tmp_path / f"{index}.h5", "w") as file:
            file["actions"] = np.full((5, 4), np.nan if index else 0.0)
            file["rgb"] = np.zeros((5, 3, 8, 12), np.uint8)
    found = settings(tmp_path)
    assert found["skip_broken"] is True
    assert found["keys"]["proprioception"] == []
    assert "validation" not in found
