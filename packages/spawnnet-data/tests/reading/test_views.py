from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.reading.views import ViewReader
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import first_spec

STEPS = np.array([4, 1])
RGB = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 12), np.uint8)
DEPTH = np.random.default_rng(1).uniform(0.2, 3, (5, 8, 12)).astype("f4")


def reader(folder: Path, views: dict[str, ViewConfig], **settings: Any) -> ViewReader:
    with h5py.File(folder / "a.h5", "w") as file:
        file["actions"] = np.zeros((5, 2))
        file["left"], file["right"] = RGB, RGB[:, :, :, ::-1]
        file["small"] = RGB[:, :, ::2, ::2]
        file["depth"] = DEPTH
    source = open_source(folder)
    mapping = KeyMapping(views, ("actions",), **settings)
    expected = {key: first_spec(source, key) for key, _ in mapping.keys().values()}
    return ViewReader(source, mapping, expected)


def test_views_of_one_size_are_read_side_by_side_into_what_is_given(tmp_path: Path) -> None:
    views = reader(tmp_path, {"r": ViewConfig("right"), "l": ViewConfig("left")})
    out = np.zeros((2, 2, 3, 8, 12), np.uint8)
    assert views.rgb(0, STEPS, out) is out
    np.testing.assert_array_equal(out[:, 0], RGB[STEPS][..., ::-1])
    np.testing.assert_array_equal(out[:, 1], RGB[STEPS])


def test_views_of_several_sizes_need_one_in_the_mapping(tmp_path: Path) -> None:
    chosen = {"l": ViewConfig("left"), "s": ViewConfig("small")}
    with pytest.raises(ConfigurationError, match="left 8x12, small 4x6") as caught:
        _ = reader(tmp_path, chosen).image_size
    assert caught.value.field == "image_size"
    resized = reader(tmp_path, chosen, image_size=(4, 6))
    images = resized.rgb(0, STEPS, None)
    assert images.shape == (2, 2, 3, 4, 6)
    np.testing.assert_array_equal(images[:, 1], RGB[STEPS][:, :, ::2, ::2])


def test_depth_is_in_metres_and_never_averaged(tmp_path: Path) -> None:
    chosen = {"l": ViewConfig("left", "depth", unit="cm"), "r": ViewConfig("right")}
    depth = reader(tmp_path, chosen, image_size=(4, 6)).depth(0, STEPS, None)
    assert depth.shape == (2, 2, 1, 4, 6)
    assert not depth[:, 1].any()
    stored = set((DEPTH[STEPS] * np.float32(0.01)).ravel().tolist())
    assert set(depth[:, 0].ravel().tolist()) <= stored


@pytest.mark.parametrize("size", [None, (4, 6)])
def test_colours_stored_as_bgr_are_turned_round(
    tmp_path: Path, size: tuple[int, int] | None
) -> None:
    chosen = {"l": ViewConfig("left", channel_order="bgr"), "r": ViewConfig("right")}
    images = reader(tmp_path, chosen, image_size=size).rgb(0, STEPS, None)
    plain = reader(tmp_path, {"l": ViewConfig("left")}, image_size=size).rgb(0, STEPS, None)
    np.testing.assert_array_equal(images[:, 0], plain[:, 0, [2, 1, 0]])
    as_stored = reader(tmp_path, {"r": ViewConfig("right")}, image_size=size).rgb(0, STEPS, None)
    np.testing.assert_array_equal(images[:, 1], as_stored[:, 0])
