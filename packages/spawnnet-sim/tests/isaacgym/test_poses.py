import numpy as np
import pytest

from spawnnet_sim.isaacgym.poses import camera_quaternion, forward, matrix_from_xyzw, xyzw
from spawnnet_sim.physics.cameras import CAMERAS
from spawnnet_sim.rotations import matrix_from_quaternion


@pytest.mark.parametrize("name", CAMERAS)
def test_cameras_look_along_x_with_z_up(name: str) -> None:
    camera = CAMERAS[name]
    quaternion = camera_quaternion(camera.quaternion())
    line = np.subtract(camera.target, camera.position)
    np.testing.assert_allclose(forward(quaternion), line / np.linalg.norm(line), atol=1e-9)
    assert abs(forward(quaternion, 1) @ camera.up) < 1e-9  # y lies across the image
    assert forward(quaternion, 2) @ camera.up > 0


def test_quaternions_change_their_order_and_may_be_rounded() -> None:
    quaternion = np.array([[0.8, 0.36, -0.48, 0.0], [0.5, 0.5, -0.5, 0.5]])
    theirs = np.stack([xyzw(each) for each in quaternion])
    np.testing.assert_array_equal(theirs[0], [0.36, -0.48, 0.0, 0.8])
    rounded = 1.001 * theirs
    np.testing.assert_allclose(matrix_from_xyzw(rounded), matrix_from_quaternion(quaternion))
