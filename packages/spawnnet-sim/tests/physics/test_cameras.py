import numpy as np
import pytest

from spawnnet_sim.physics.cameras import CAMERAS, Camera
from spawnnet_sim.rotations import matrix_from_quaternion

# Position, and pitch (down) and yaw in radians, of the original release's cameras.
ORIGINAL = {
    "middle": ((0.45, 0.0, 1.6), 0.5235, 3.141),
    "left": ((0.1, -1.0, 1.2), 0.1745, 1.745),
    "right": ((0.1, 1.0, 1.2), 0.1745, 4.537),
}


@pytest.mark.parametrize("name", ORIGINAL)
def test_the_original_cameras_stand_and_look_as_published(name: str) -> None:
    position, pitch, yaw = ORIGINAL[name]
    forward = (np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), -np.sin(pitch))
    camera = CAMERAS[name]
    right, up, backward = matrix_from_quaternion(np.array(camera.quaternion())).T
    assert camera.position == position
    np.testing.assert_allclose(-backward, forward, atol=5e-4)
    assert abs(right[2]) < 1e-12  # no roll
    assert up[2] > 0


def test_the_original_focal_length_follows_from_the_field_of_view() -> None:
    vertical = CAMERAS["middle"].vertical_fov((224, 224))
    assert 112 / np.tan(np.radians(vertical) / 2) == pytest.approx(145.96, abs=0.01)


def test_pixels_are_square_in_wide_images() -> None:
    camera = Camera((1.0, 0.0, 1.0), (0.0, 0.0, 1.0), fov=60.0)
    focal = 80 / 2 / np.tan(np.radians(30))  # pixels, from the width
    assert 48 / 2 / np.tan(np.radians(camera.vertical_fov((48, 80))) / 2) == pytest.approx(focal)


def test_the_wrist_camera_sees_the_fingertips_at_its_lower_edge() -> None:
    camera = CAMERAS["wrist"]
    assert camera.link == "hand"
    axes = matrix_from_quaternion(np.array(camera.quaternion()))  # right, up, backward
    np.testing.assert_allclose(axes[:, 0], [0, 1, 0], atol=1e-12)
    for side in (-0.04, 0.04):  # open fingertips in the hand's frame
        right, up, backward = (np.array([0.0, side, 0.13]) - camera.position) @ axes
        x, y = right / -backward, up / -backward
        limit = np.tan(np.radians(camera.fov / 2))
        assert 0.3 < np.sign(side) * x / limit < 0.8
        assert -1.0 < y / limit < -0.3
