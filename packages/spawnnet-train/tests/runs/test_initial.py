"""A first configuration is written from data of every format, and trains as it is."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from small_runs import two_updates

from spawnnet_data import DataError, Demonstrations, infer_mapping, open_source
from spawnnet_data.tools.conversion import convert_to
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.initial import initial_yaml, write_initial
from spawnnet_train.runs.requirements import is_installed

L, H, W = 5, 32, 48
REFERENCE = Path(os.environ.get("SPAWNNET_REFERENCE", "/nowhere")) / "datasets"
WRITTEN_BY_OTHERS = (
    "diffusion_policy_tiny.zarr",
    "lerobot_v2.1",
    "lerobot_v3.0",
    "robomimic_tiny.hdf5",
)
lite = pytest.mark.skipif(not is_installed("efficientnet_lite0"), reason="the extra lite")


def images(generator: np.random.Generator) -> Any:
    return generator.integers(0, 256, (L, H, W, 3), np.uint8)


def aloha(folder: Path) -> Path:
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(2):
        with h5py.File(folder / f"episode_{index}.hdf5", "w") as file:
            file["action"] = generator.normal(size=(L, 14)).astype("f4")
            file["observations/qpos"] = generator.normal(size=(L, 14)).astype("f4")
            for camera in ("cam_high", "cam_left_wrist"):
                file[f"observations/images/{camera}"] = images(generator)
    return folder


def replay_buffer(folder: Path) -> Path:
    zarr = pytest.importorskip("zarr")
    generator, root = np.random.default_rng(0), zarr.open_group(str(folder), mode="w")
    arrays = {
        "data/img": np.concatenate([images(generator), images(generator)]),
        "data/state": generator.normal(size=(2 * L, 3)).astype("f4"),
        "data/action": generator.normal(size=(2 * L, 2)).astype("f4"),
        "meta/episode_ends": np.array([L, 2 * L]),
    }
    for name, values in arrays.items():
        root.create_array(name, data=values)
    return folder


def converted(to: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        if to == "lerobot":
            pytest.importorskip("av")
        source = open_source(aloha(folder.with_name("raw")))
        path = folder / "demos.hdf5" if to == "robomimic" else folder
        shown = Demonstrations(source, infer_mapping(source))
        assert list(convert_to(to, shown, path, compression="none", rate=10))  # type: ignore[arg-type]
        return path

    return write


FORMATS: dict[str, Callable[[Path], Path]] = {
    "aloha": aloha,
    "original": converted("hdf5"),
    "robomimic": converted("robomimic"),
    "lerobot": converted("lerobot"),
    "zarr": replay_buffer,
}


@lite
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_trains_unedited(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.yaml"
    write_initial(initial_yaml(FORMATS[form](tmp_path / "data")), file)
    losses = two_updates(file)
    assert np.isfinite(losses).all()


@lite
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="data sets of other projects")
@pytest.mark.parametrize("name", WRITTEN_BY_OTHERS)
def test_data_that_others_wrote_trains_unedited(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.yaml"
    write_initial(initial_yaml(REFERENCE / name), file)
    losses = two_updates(file)
    assert np.isfinite(losses).all()


def test_the_file_names_what_the_data_hold(tmp_path: Path) -> None:
    text = initial_yaml(aloha(tmp_path / "data"), encoder="impala", head="act")
    settings = yaml.safe_load(text)
    assert settings["algorithm"]["demonstrations"]["keys"] == {
        "views": {
            "cam_high": {"rgb": "observations/images/cam_high"},
            "cam_left_wrist": {"rgb": "observations/images/cam_left_wrist"},
        },
        "proprioception": ["observations/qpos"],
        "actions": ["action"],
        "image_size": [H, W],
    }
    assert settings["encoder"] == {"name": "impala"}
    assert settings["student"]["action_horizon"] == L  # no longer than an episode
    assert settings["train"]["batch_size"] == 4
    assert f"# {H} x {W}, without depth" in text


def test_parts_of_the_data_become_training_and_validation(tmp_path: Path) -> None:
    path = converted("robomimic")(tmp_path / "data")
    with h5py.File(path, "a") as file:
        file["mask/train"], file["mask/valid"] = np.array([b"demo_0"]), np.array([b"demo_1"])
    sets = yaml.safe_load(initial_yaml(path, encoder="impala"))["algorithm"]["demonstrations"]
    assert sets["train"] == {"path": str(path), "split": "train"}
    assert sets["validation"] == {"valid": {"path": str(path), "split": "valid"}}


def test_images_get_a_size_that_the_backbone_takes(tmp_path: Path) -> None:
    folder, generator = tmp_path / "data", np.random.default_rng(0)
    folder.mkdir()
    with h5py.File(folder / "0.h5", "w") as file:
        file["actions"] = np.zeros((3, 2), "f4")
        file["front"] = generator.integers(0, 256, (3, 50, 90, 3), np.uint8)
        file["wrist"] = generator.integers(0, 256, (3, 480, 640, 3), np.uint8)
    text = initial_yaml(folder, encoder="frozen_vit")  # its patches are 8 pixels wide
    keys = yaml.safe_load(text)["algorithm"]["demonstrations"]["keys"]
    assert keys["image_size"] == [48, 88]


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    data = aloha(tmp_path / "data")
    with pytest.raises(ConfigError, match=r"^encoder\.name: there is no encoder `impla`"):
        initial_yaml(data, encoder="impla")
    with pytest.raises(ConfigError, match=r"^policy\.name: "):
        initial_yaml(data, head="mpl")
    with pytest.raises(DataError, match="does not exist"):
        initial_yaml(tmp_path / "nowhere")
    write_initial("seed: 1", tmp_path / "mine.yaml")
    with pytest.raises(ConfigError, match=r"mine\.yaml: is there already"):
        write_initial("seed: 2", tmp_path / "mine.yaml")
