import numpy as np
from gymnasium import spaces

from spawnnet_sim.camera_images import split_cameras, split_space


def test_images_are_named_by_their_cameras() -> None:
    rgb = np.arange(2 * 3 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 3, 4, 5)
    parts = split_cameras({"rgb": rgb, "other": rgb[0, 0, 0]}, ("left", "wrist", "right"))
    assert list(parts) == ["rgb_left", "rgb_wrist", "rgb_right", "other"]
    np.testing.assert_array_equal(parts["rgb_wrist"], rgb[:, 1])


def test_spaces_hold_what_observations_become() -> None:
    space = spaces.Dict({"rgb": spaces.Box(0, 255, (2, 3, 4, 5), np.uint8)})
    split = split_space(space, ("left", "wrist"))
    sample = split_cameras(space.sample(), ("left", "wrist"))
    assert sample in split
    assert split["rgb_left"] == spaces.Box(0, 255, (3, 4, 5), np.uint8)
