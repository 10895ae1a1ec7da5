from dataclasses import replace

import numpy as np
import pytest

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.images import (
    ImageLayout,
    colour_scale,
    decode_images,
    find_layout,
    first_outside,
)

PLACE = Problem("a.h5", "", "traj_0", "obs/rgb")


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "axes", "image"),
    [
        ("obs/rgb", (7, 2, 3, 5, 6), "u1", "TVCHW", (3, 5, 6)),
        ("obs/rgb", (7, 2, 5, 6, 3), "u1", "TVHWC", (3, 5, 6)),
        ("obs/rgb", (7, 3, 5, 6), "u1", "TCHW", (3, 5, 6)),
        ("obs/front_image", (7, 5, 6, 3), "u1", "THWC", (3, 5, 6)),
        ("camera_0", (7, 5, 6, 3), "f4", "THWC", (3, 5, 6)),
        ("obs/depth", (7, 2, 1, 5, 6), "f4", "TVCHW", (1, 5, 6)),
        ("obs/depth", (7, 2, 5, 6), "f4", "TVHW", (1, 5, 6)),
        ("front_depth", (7, 5, 6, 1), "f4", "THWC", (1, 5, 6)),
        ("front_depth", (7, 1, 5, 6), "u2", "TCHW", (1, 5, 6)),
        ("front_depth", (7, 5, 6), "u2", "THW", (1, 5, 6)),
    ],
)
def test_images_of_every_layout_are_found(
    name: str, shape: tuple[int, ...], dtype: str, axes: str, image: tuple[int, ...]
) -> None:
    layout = find_layout(name, shape, np.dtype(dtype))
    assert layout is not None
    assert layout.kind == ("depth" if "depth" in name else "rgb")
    spec = layout.spec(shape, np.dtype(dtype), 7)
    assert (layout.axes, spec.shape) == (axes, image)
    one_view = np.arange(np.prod(shape)).reshape(shape)
    one_view = one_view[:, 1] if layout.has_views else one_view
    chw = layout.to_chw(one_view)
    assert chw.shape == (7, *image)
    channel, row, column = image[0] - 1, 3, 4
    index = {"C": channel, "H": row, "W": column}
    assert chw[2, channel, row, column] == one_view[(2, *(index[a] for a in axes if a in "CHW"))]


@pytest.mark.parametrize(
    ("name", "shape", "dtype"),
    [
        ("actions", (7, 8), "f4"),
        ("points", (7, 2, 100, 3), "f4"),
        ("obs/camera_matrix", (7, 3, 3), "f4"),
        ("camera_mask", (7, 4, 5), "u1"),
        ("segmentation", (7, 32, 48, 1), "i2"),
        ("tactile", (7, 12, 15), "u1"),
        ("depth_scale", (7,), "f4"),
        ("rgb", (7, 3), "u1"),
    ],
)
def test_other_arrays_are_no_images(name: str, shape: tuple[int, ...], dtype: str) -> None:
    assert find_layout(name, shape, np.dtype(dtype)) is None


def test_first_outside_finds_nan_and_limits() -> None:
    values = np.zeros((5, 2, 3))
    assert first_outside(values, 0, 1) is None
    values[4, 1, 2] = np.nan
    assert first_outside(values, 0, 1) == 4
    values[2, 0, 1] = 1.5
    assert first_outside(values, 0, 1) == 2


def test_float_colours_become_rounded_grey_levels() -> None:
    stored = np.array([0.4, 0.6, 254.6, 3, 4, 5], np.float32).reshape(2, 1, 1, 3)
    images = decode_images(stored, ImageLayout("rgb", "THWC", 3), np.array([7, 9]), PLACE)
    assert images.dtype == np.uint8
    assert images.reshape(2, 3).tolist() == [[0, 1, 255], [3, 4, 5]]
    with pytest.raises(DataError, match=r"traj_0, key obs/rgb, step 7: an rgb value is NaN or"):
        decode_images(
            stored, ImageLayout("rgb", "THWC", 3), np.array([7, 9]), PLACE, find_scale=lambda: 255
        )


def scale_of(*firsts: float) -> float:
    """Return the scale of episodes whose first images have these largest values."""
    return colour_scale(
        lambda episode: np.array([firsts[episode], 0.0]),
        len(firsts),
        lambda episode: replace(PLACE, episode=f"traj_{episode}"),
    )


def test_colours_that_never_exceed_one_are_scaled() -> None:
    assert scale_of(0.0, 0.9, 1.0, 0.3) == 255
    assert scale_of(0.0, 0.9, 2.5, 0.3) == 1


@pytest.mark.parametrize("largest", [1.004, 2.0])
def test_colours_that_exceed_one_a_little_are_refused(largest: float) -> None:
    message = f"^a.h5, episode traj_2, key obs/rgb, step 0: the largest colour is {largest:g}, "
    with pytest.raises(DataError, match=message):
        scale_of(0.0, 0.9, largest, 0.3)
    assert scale_of(0.0, 0.9, largest, 200.0) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_colours_that_are_no_numbers_do_not_decide(value: float) -> None:
    assert scale_of(value, 0.9, 0.3) == 255
    assert scale_of(value, 0.9, 3.0) == 1


def test_colours_that_cannot_be_read_do_not_decide() -> None:
    def read(episode: int) -> np.ndarray:
        if episode == 0:
            raise DataError("damaged")
        return np.full(3, 0.5)

    assert colour_scale(read, 5, lambda episode: PLACE) == 255


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "kind"),
    [
        ("observation.images.front_depth", (7, 32, 48, 3), "u1", "rgb"),
        ("front_depth", (7, 32, 48, 3), "f4", "rgb"),
        ("obs/front_depth", (7, 32, 48, 1), "u1", "depth"),
        ("obs/depth", (7, 3, 32, 48), "f4", "depth"),
        ("distance_to_image_plane", (7, 32, 48, 1), "f4", "depth"),
        ("obs/gray", (7, 32, 48), "u1", "rgb"),
        ("obs/front", (7, 32, 48), "u1", "rgb"),
        ("obs/front", (7, 4, 32, 48), "u1", "rgb"),
        ("obs/depths", (7, 4, 32, 48), "u1", "depth"),
        ("obs/hand_image", (7, 32, 48, 1), "f4", "rgb"),
        ("frames", (7, 32, 48, 3), "u1", "rgb"),
    ],
)
def test_shape_and_type_decide_and_the_name_breaks_ties(
    name: str, shape: tuple[int, ...], dtype: str, kind: str
) -> None:
    layout = find_layout(name, shape, np.dtype(dtype))
    assert layout is not None
    assert layout.kind == kind
    H, W = (32, 48)
    assert layout.spec(shape, np.dtype(dtype), 7).shape == ((3 if kind == "rgb" else 1), H, W)


def test_gray_images_get_three_equal_channels_and_alpha_goes() -> None:
    gray = np.arange(2 * 9 * 10, dtype=np.uint8).reshape(2, 9, 10)
    layout = find_layout("gray", gray.shape, gray.dtype)
    assert layout is not None
    colours = decode_images(gray, layout, np.arange(2), PLACE)
    np.testing.assert_array_equal(colours, np.stack([gray] * 3, 1))
    rgba = np.random.default_rng(0).integers(0, 256, (2, 9, 10, 4), np.uint8)
    layout = find_layout("image", rgba.shape, rgba.dtype)
    assert layout is not None
    colours = decode_images(rgba, layout, np.arange(2), PLACE)
    np.testing.assert_array_equal(colours, rgba[..., :3].transpose(0, 3, 1, 2))


@pytest.mark.parametrize(("dtype", "unit"), [("u2", "mm"), ("i4", "mm"), ("f4", "m"), ("u1", "")])
def test_the_type_of_depth_implies_its_unit(dtype: str, unit: str) -> None:
    layout = find_layout("depth", (7, 9, 10), np.dtype(dtype))
    assert layout is not None
    assert layout.spec((7, 9, 10), np.dtype(dtype), 7).unit == unit
