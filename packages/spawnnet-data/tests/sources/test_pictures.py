import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spawnnet_data.sources.pictures import decode_picture, is_picture, picture_spec


def encoded(pixels: Any, format_name: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format_name)
    return file.getvalue()


COLOURS = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
DISTANCES = np.random.default_rng(0).integers(0, 5000, (9, 12), np.uint16)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_pictures_are_told_by_their_first_bytes(format_name: str) -> None:
    assert is_picture(encoded(COLOURS, format_name))
    assert not is_picture(b"\x00" * 100)


def test_colours_gray_and_alpha_read_as_three_channels() -> None:
    assert picture_spec("front", encoded(COLOURS), 4).shape == (3, 9, 12)
    read = decode_picture(encoded(COLOURS), "rgb", (9, 12))
    np.testing.assert_array_equal(read, COLOURS.transpose(2, 0, 1))
    gray = decode_picture(encoded(COLOURS[..., 0]), "rgb", (9, 12))
    np.testing.assert_array_equal(gray, np.stack([COLOURS[..., 0]] * 3))


def test_depth_has_one_channel_of_up_to_16_bits() -> None:
    spec = picture_spec("front_depth", encoded(DISTANCES), 4)
    assert (spec.kind, spec.shape, spec.unit) == ("depth", (1, 9, 12), "mm")
    read = decode_picture(encoded(DISTANCES), "depth", (9, 12))
    np.testing.assert_array_equal(read[0], DISTANCES)
    with pytest.raises(ValueError, match="depth has one channel, this is RGB"):
        decode_picture(encoded(COLOURS), "depth", (9, 12))


def test_another_size_is_refused_before_pixels_are_decoded() -> None:
    with pytest.raises(ValueError, match=r"9 x 12 pixels, not \(12, 9\)"):
        decode_picture(encoded(COLOURS), "rgb", (12, 9))


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        picture_spec("front", b"\xff\xd8\xff nothing", 4)
