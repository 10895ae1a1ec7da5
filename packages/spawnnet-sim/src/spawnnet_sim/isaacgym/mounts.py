"""Where cameras stand: those on the robot move with its links."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.isaacgym.poses import camera_quaternion
from spawnnet_sim.physics.cameras import CAMERAS, HAND
from spawnnet_sim.physics.physics import PhysicsState
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.rotations import matrix_from_quaternion, quaternion_from_matrix


def camera_poses(scene: Scene, state: PhysicsState) -> NDArray[np.float64]:
    """Return the poses of all cameras in their environments' frames.

    Returns:
        `(N, V, 7)`: positions, m, and the library's quaternions `(x, y, z, w)`.
    """
    poses = np.empty((scene.num_envs, len(scene.views), 7))
    for view, name in enumerate(scene.views):
        camera = CAMERAS[name]
        position = np.array(camera.position)
        rotation = matrix_from_quaternion(np.array(camera_quaternion(camera.quaternion())))
        if camera.link is not None:
            link = scene.robot.hand if camera.link == HAND else camera.link
            index = scene.robot.link_index(link)
            turned = state.link_rotations[:, index]  # (N, 3, 3)
            position = state.link_positions[:, index] + turned @ position
            rotation = turned @ rotation
        poses[:, view, :3] = position
        poses[:, view, 3:] = np.roll(quaternion_from_matrix(rotation), -1, axis=-1)
    return poses
