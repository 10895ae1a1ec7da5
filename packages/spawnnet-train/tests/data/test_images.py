import numpy as np
import pytest

from spawnnet_train.data.images import find_layout, first_outside, to_uint8


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
    assert (layout.axes, layout.image_shape(shape)) == (axes, image)
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
        ("obs/rgb", (7, 5, 6, 4), "u1"),
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


def test_grey_levels_are_rounded() -> None:
    assert to_uint8(np.array([0.4, 0.6, 254.6])).tolist() == [0, 1, 255]
