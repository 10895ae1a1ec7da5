from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.contact_sheet import contact_sheet, save_contact_sheet


def test_one_row_for_each_camera_of_three_episodes(written: Any) -> None:
    source = open_source(written.path)
    cameras = [key for key in source.keys if source.describe(0, key).kind != "array"]
    one = contact_sheet(source, num_episodes=1)
    three = contact_sheet(source)
    rows = one.height // len(cameras)
    assert one.height == rows * len(cameras)
    assert three.height == 3 * one.height


def test_pictures_are_those_of_the_data(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    sheet = np.asarray(contact_sheet(open_source(tmp_path), num_episodes=1, num_steps=2))
    colours = {tuple(pixel) for pixel in sheet.reshape(-1, 3)}
    for step in (0, 4):
        for view in range(2):
            image = written.episodes[0][f"obs/rgb/{view}"][step]
            assert {tuple(pixel) for pixel in image.reshape(3, -1).T} <= colours


def test_near_depth_is_brighter_than_far(tmp_path: Path) -> None:
    depth = np.repeat([[0.5, 1.0, 2.0, 0.0]], 4, 0).astype(np.float32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((1, 2))
        file["depth"] = depth[None]
    sheet = np.asarray(contact_sheet(open_source(tmp_path)).convert("L"))
    # The row of the middle of the picture, at the middle of its four columns, 28 pixels each.
    near, middle, far, unknown = sheet[22 + 56, 6 + 14 + 28 * np.arange(4)].tolist()
    assert near > middle > far > unknown == 0


def test_saved_sheet_is_a_png(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.original(tmp_path / "in").path)
    save_contact_sheet(source, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == contact_sheet(source).size


def test_data_without_cameras_has_no_sheet(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((4, 2))
    with pytest.raises(DataError, match="has no camera to show, there are actions"):
        contact_sheet(open_source(tmp_path))


def test_the_sheet_stays_small_whatever_the_images_and_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((4, 2))
        file["image_" + "\n" * 3 + "y" * 50_000] = np.zeros((4, 1, 20_000, 3), np.uint8)
    assert contact_sheet(open_source(tmp_path)).width < 5000
