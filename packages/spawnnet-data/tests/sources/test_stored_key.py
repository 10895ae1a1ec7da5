import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.stored_key import plain_name

LENGTH, H, W = 5, 16, 24


def frames() -> Any:
    """Return smooth images, which JPEG changes little."""
    rows, columns = np.mgrid[:H, :W]
    steps = np.arange(LENGTH)[:, None, None]
    return np.stack(np.broadcast_arrays(8 * rows, 5 * columns, 20 * steps), -1).astype(np.uint8)


def encoded(format_name: str) -> list[bytes]:
    files = []
    for frame in frames():
        file = io.BytesIO()
        Image.fromarray(frame).save(file, format_name, quality=95)
        files.append(file.getvalue())
    return files


def store(group: Any, way: str, files: list[bytes]) -> None:
    """Write encoded images as others do."""
    rows = [np.frombuffer(file, np.uint8) for file in files]
    longest = max(map(len, rows))
    if way == "padded":
        group["obs/image"] = np.stack([np.pad(row, (0, longest - len(row))) for row in rows])
    elif way == "varying":
        data = group.create_dataset("obs/image", (LENGTH,), h5py.vlen_dtype(np.uint8))
        for i, row in enumerate(rows):
            data[i] = row
    elif way == "opaque":
        group["obs/image"] = np.array(files, dtype=f"V{longest}")
    else:
        group["obs/image"] = np.array(files, dtype=f"S{longest}")


@pytest.mark.parametrize("way", ["padded", "varying", "opaque", "bytes"])
@pytest.mark.parametrize(("format_name", "tolerance"), [("PNG", 0), ("JPEG", 8)])
def test_encoded_images_are_decoded(
    tmp_path: Path, way: str, format_name: str, tolerance: int
) -> None:
    files = encoded(format_name)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((LENGTH, 2), np.float32)
        store(file, way, files)
    source = open_source(tmp_path)
    assert source.describe(0, "obs/image").shape == (3, H, W)
    read = source.read(0, "obs/image", [3, 0]).astype(int)
    expected = frames()[[3, 0]].transpose(0, 3, 1, 2)
    assert np.abs(read - expected).max() <= tolerance


def test_a_damaged_encoded_image_names_its_step(tmp_path: Path) -> None:
    files = encoded("PNG")
    files[2] = files[2][:40]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((LENGTH, 2), np.float32)
        store(file, "varying", files)
    source = open_source(tmp_path)
    with pytest.raises(DataError, match=r"key obs/image, step 2: the image cannot be decoded"):
        source.read(0, "obs/image")
    assert source.read(0, "obs/image", [1, 3]).shape == (2, 3, H, W)


def test_bytes_that_are_no_images_stay_numbers(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((LENGTH, 2), np.float32)
        file["tactile"] = np.arange(LENGTH * 300, dtype=np.uint8).reshape(LENGTH, 300)
    assert open_source(tmp_path).describe(0, "tactile").kind == "array"


def test_values_of_a_compound_type_are_said_not_to_be_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((LENGTH, 2), np.float32)
        file["pose"] = np.zeros(LENGTH, [("x", "f4"), ("y", "f4")])
    source = open_source(tmp_path)
    assert source.keys == ("actions", "pose")
    with pytest.raises(DataError, match=r"key pose: holds values of type .* not read"):
        source.describe(0, "pose")


def test_one_observation_more_than_actions_is_left_out(tmp_path: Path) -> None:
    from spawnnet_data.reading.demonstrations import Demonstrations
    from spawnnet_data.reading.inference import infer_mapping

    states = np.arange(12, dtype=np.float32).reshape(6, 2)
    with h5py.File(tmp_path / "trajectory.h5", "w") as file:
        file["traj_0/actions"] = np.zeros((LENGTH, 3), np.float32)
        file["traj_0/obs/state"] = states
        file["traj_0/obs/cam/rgb"] = np.zeros((6, H, W, 3), np.uint8)
    source = open_source(tmp_path)
    demonstrations = Demonstrations(source, infer_mapping(source))
    np.testing.assert_array_equal(demonstrations.proprioception(0), states[:LENGTH])
    assert demonstrations.rgb(0, np.arange(LENGTH)).shape == (LENGTH, 1, 3, H, W)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("dict_str_obs", "obs"),
        ("list_int_3", "3"),
        ("int__7", "7"),
        ("obs", "obs"),
        ("dict_", "dict_"),
    ],
)
def test_typed_names_of_the_original_release_lose_their_type(name: str, plain: str) -> None:
    assert plain_name(name) == plain
