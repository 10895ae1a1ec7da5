from pathlib import Path

import numpy as np
from PIL import Image

from spawnnet_train.rollouts.attention import SHOWN, draw_attention, write_attention

V, G, H, W = 2, 3, 64, 96


def test_each_map_lights_up_where_the_adapter_looks() -> None:
    rgb = np.zeros((V, 3, H, W), np.uint8)
    attention = np.zeros((V, G, 8, 12), np.float32)
    attention[1, 2, 6, 3] = 0.7  # lower left of the last map of the second camera
    picture = draw_attention(rgb, attention)
    tile_height, tile_width = 2 * H + 4, 2 * W + 4
    assert picture.shape == (16 + V * tile_height, (G + 1) * tile_width, 3)
    brightest = np.unravel_index(picture[16:].sum(-1).argmax(), picture.shape[:2])
    row, column = (
        (brightest[0] - tile_height) / (2 * H),
        (brightest[1] - 3 * tile_width) / (2 * W),
    )
    assert abs(row - 6.5 / 8) < 0.1
    assert abs(column - 3.5 / 12) < 0.1


def test_a_map_without_contrast_is_drawn_too() -> None:
    rgb = np.full((1, 3, H, W), 100, np.uint8)
    picture = draw_attention(rgb, np.full((1, 1, 8, 12), 0.5, np.float32))
    assert len(np.unique(picture[20 : 16 + 2 * H, 2 * W + 4 : -4].reshape(-1, 3), axis=0)) == 1


def test_environments_stand_one_below_the_other(tmp_path: Path) -> None:
    rgb = np.zeros((5, V, 3, H, W), np.uint8)
    attention = np.random.default_rng(0).random((5, V, G, 8, 12), np.float32)
    write_attention(tmp_path / "a" / "final.png", rgb, attention, list("abcde"), ("left", "right"))
    with Image.open(tmp_path / "a" / "final.png") as image:
        assert image.size == ((G + 1) * (2 * W + 4), SHOWN * (16 + V * (2 * H + 4)))


def test_the_name_of_a_camera_stands_in_its_image_alone() -> None:
    rgb, attention = np.zeros((V, 3, H, W), np.uint8), np.zeros((V, G, 8, 12), np.float32)
    plain = draw_attention(rgb, attention)
    rows, columns, _ = np.nonzero(draw_attention(rgb, attention, ["", "wrist"]) != plain)
    assert rows.min() > 16 + 2 * H + 4  # the second camera's row
    assert columns.max() < 2 * W
