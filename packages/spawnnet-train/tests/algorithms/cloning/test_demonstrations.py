import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_train.algorithms.cloning.bc_data import (
    DemonstrationsConfig,
    DemonstrationSpec,
    describe_demonstrations,
    open_demonstrations,
)
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import BehaviorCloningRun

A, S = 4, 3


def write(file: Path, *, length: int = 5, size: tuple[int, int] = (32, 48), width: int = A) -> None:
    """Write a trajectory with a camera of 32 x 48 and one of `size`, the latter with depth."""
    generator = np.random.default_rng(length)
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as handle:
        group = handle.create_group("traj_0")
        for view, (H, W) in enumerate(((32, 48), size)):
            group[f"obs/rgb/{view}"] = generator.integers(0, 256, (length, 3, H, W), np.uint8)
        group["obs/depth/1"] = np.ones((length, 1, *size), np.float32)
        group["obs/state"] = generator.normal(size=(length, S))
        group["actions"] = generator.normal(size=(length, width))


@pytest.fixture
def config(tmp_path: Path, cloning_config: Callable[[Path, str], Path]) -> DemonstrationsConfig:
    changes = """
experiment: x
demonstrations:
  validation: {L1: {path: FOLDER/validation}}
  keys:
    views: {right: {rgb: obs/rgb/1, depth: obs/depth/1}, left: {rgb: obs/rgb/0, depth: null}}
    image_size: null
"""
    run = load_config(cloning_config(tmp_path, changes))
    assert isinstance(run, BehaviorCloningRun)
    for i in range(3):
        write(tmp_path / f"train/{i}.h5", length=5 + i)
    write(tmp_path / "validation/0.h5")
    return run.demonstrations


def test_what_a_run_keeps_reads_back_equal(config: DemonstrationsConfig, tmp_path: Path) -> None:
    spec = describe_demonstrations(config, open_demonstrations(config).train)
    assert (spec.views, spec.depth_views) == (("right", "left"), ("right",))
    assert (spec.image_size, spec.action_dim, spec.proprioception_dim) == ((32, 48), A, S)
    assert spec.statistics.actions.count == 5 + 6 + 7
    spec.save(tmp_path / "spec.json")
    assert DemonstrationSpec.load(tmp_path / "spec.json") == spec


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_lost_or_damaged_description_is_one_sentence(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "spec.json").write_text(content)
    with pytest.raises(ConfigError, match=r"spec\.json: is no description of demonstrations"):
        DemonstrationSpec.load(tmp_path / "spec.json")


def test_views_of_different_sizes_ask_for_one(config: DemonstrationsConfig, tmp_path: Path) -> None:
    write(tmp_path / "train/0.h5", size=(16, 24))
    for i in (1, 2):
        (tmp_path / f"train/{i}.h5").unlink()
    with pytest.raises(ConfigError, match=r"^demonstrations\.keys\.image_size: must be set"):
        open_demonstrations(config)


def test_validation_of_other_sizes_is_refused(config: DemonstrationsConfig, tmp_path: Path) -> None:
    write(tmp_path / "validation/0.h5", width=A + 1)
    with pytest.raises(ConfigError, match=r"^demonstrations\.validation\.L1: expected actions"):
        open_demonstrations(config)


def test_broken_episodes_stop_or_are_skipped_and_reported(
    config: DemonstrationsConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train/0.h5").write_bytes(b"no HDF5")
    with h5py.File(tmp_path / "train/1.h5", "a") as file:
        del file["traj_0/obs/state"]
    with pytest.raises(ConfigError, match=r"^demonstrations\.train: .*0\.h5: cannot be opened"):
        open_demonstrations(config)
    with caplog.at_level(logging.WARNING):
        train = open_demonstrations(replace(config, skip_broken=True)).train
    assert train.lengths.tolist() == [7]
    assert [Path(problem.file).name for problem in train.skipped] == ["0.h5", "1.h5"]
    assert "key obs/state: the key is missing" in caplog.text
