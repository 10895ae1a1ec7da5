"""Runs share the features of demonstrations on disk."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from spawnnet_encoders import Encoder
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.features import fill_features
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config

NUM_IMAGES = 18  # the validation set is a part of the training set


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many time steps passed a backbone, call by call."""
    calls: list[int] = []
    compute = Encoder.frozen_features

    def counting(self: Encoder, rgb: torch.Tensor, **options: Any) -> tuple[torch.Tensor, ...]:
        if rgb.device.type != "meta":  # which only looks at shapes
            calls.append(rgb.shape[0] * rgb.shape[1])
        return compute(self, rgb, **options)

    monkeypatch.setattr(Encoder, "frozen_features", counting)
    return calls


def settings(tmp_path: Path, **more: str) -> list[str]:
    return [
        f"output={tmp_path / 'runs'}",
        f"algorithm.frozen_folder={tmp_path / 'features'}",
        *(f"{path.replace('__', '.')}={value}" for path, value in more.items()),
    ]


def test_a_second_run_over_the_same_set_runs_the_backbone_zero_times(
    cloned: Any, tmp_path: Path, quiet: Console, computed: list[int]
) -> None:
    on_disk = settings(tmp_path, algorithm__frozen="disk", algorithm__epochs="1")
    first = run(load_config(cloned.file, on_disk), quiet)
    assert sum(computed) == NUM_IMAGES
    computed.clear()
    # What is not said is taken from the disk, where it is.
    chosen = settings(tmp_path, algorithm__epochs="1", encoder__width="4")
    second = run(load_config(cloned.file, chosen), quiet)
    assert computed == []
    assert yaml.safe_load(second.config.read_text())["algorithm"]["frozen"] == "disk"
    assert first.path != second.path


def test_features_are_filled_beforehand(
    cloned: Any, tmp_path: Path, quiet: Console, computed: list[int]
) -> None:
    fill_features(load_config(cloned.file, settings(tmp_path)), quiet)
    assert sum(computed) == NUM_IMAGES
    fill_features(load_config(cloned.file, settings(tmp_path)), quiet)
    assert sum(computed) == NUM_IMAGES


def test_dagger_has_no_features_to_fill(dagger: Any, quiet: Console) -> None:
    with pytest.raises(ConfigError, match=r"^algorithm\.name: must be bc"):
        fill_features(load_config(dagger.file), quiet)
