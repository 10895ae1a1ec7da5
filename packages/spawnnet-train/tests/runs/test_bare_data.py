"""Every encoder on demonstrations that have as little as any: one camera, no depth, no state."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from small_runs import two_updates

from spawnnet_encoders import list_encoders
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config

H, W = 32, 64
BACKBONES: Mapping[str, dict[str, Any]] = {
    "frozen_vit": {"model": "test_vit"},
    "mvp": {"model": "test_vit"},
    "r3m": {"model": "test_resnet"},
    "spawnnet": {"model": "test_vit", "layers": [1, 3, 5]},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of three steps, images and actions alone."""
    folder, generator = tmp_path_factory.mktemp("bare"), np.random.default_rng(0)
    for index in range(2):
        with h5py.File(folder / f"{index}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, (3, 1, 3, H, W), np.uint8)
            file["traj_0/actions"] = generator.normal(size=(3, 4)).astype("f4")
    return folder


@pytest.fixture
def file_for(
    data: Path, tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> Callable[..., Path]:
    def write(encoder: str, **options: Any) -> Path:
        settings = {
            "threads": 1,
            "output": str(tmp_path / "runs"),
            "algorithm": {
                "name": "bc",
                "epochs": 1,
                "demonstrations": {
                    "train": {"path": str(data)},
                    "keys": {"views": {"eye": {"rgb": "obs/rgb/0"}}, "actions": ["actions"]},
                },
            },
            "encoder": {"name": encoder, **options},
            "policy": {"name": "mlp", "layers": [8]},
            "train": {"batch_size": 3},
        }
        return write_config(tmp_path / f"{encoder}.yaml", settings)

    return write


@pytest.mark.parametrize("encoder", list_encoders())
def test_every_encoder_trains(
    encoder: str, file_for: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small = {"width": 8} if encoder in ("spawnnet", "impala") else {}
    if encoder in BACKBONES:
        small["backbone"] = {**BACKBONES[encoder], "weights": "random"}
    assert np.isfinite(two_updates(file_for(encoder, **small))).all()


@pytest.mark.parametrize(
    ("encoder", "options", "field"),
    [
        ("spawnnet", {"channels": "rgbd", "backbone": BACKBONES["spawnnet"]}, "channels"),
        ("impala", {"depth": True}, "depth"),
    ],
)
def test_asking_for_depth_that_no_view_has_is_one_sentence_before_anything_is_opened(
    encoder: str, options: dict[str, Any], field: str, file_for: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(file_for(encoder, **options))
    (problem,) = error.value.problems
    assert problem.startswith(f"encoder.{field}: ")
    assert "no view has any, set `auto`" in problem


def test_sizes_that_the_files_tell_are_named_where_they_can_be_changed(
    file_for: Callable[..., Path], quiet: Console
) -> None:
    backbone = {"model": "vit_small_patch14_dinov2", "weights": "random"}
    config = load_config(file_for("spawnnet", backbone=backbone))
    with pytest.raises(ConfigError, match=r"^algorithm\.demonstrations\.keys\.image_size: 32x64 "):
        run(config, quiet)
