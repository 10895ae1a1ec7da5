"""Cameras that stand around an environment, or move with a link of the robot.

`middle`, `left` and `right` are the views of the original release (its pinhole cameras have a
horizontal field of view of 75 degrees). `close_left` and `close_right` stand nearer, so that a
handle still covers some pixels in small images. `wrist` sits on the hand and sees the fingertips at
its lower edge, and the handle over the last 15 cm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spawnnet_sim.cabinets.cabinet import Quaternion, Vector
from spawnnet_sim.rotations import quaternion_from_matrix

HAND = "hand"  # the link that carries the fingers, whatever a robot calls it


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks from one point to another.

    Attributes:
        position: Point at which it stands, metres, in the environment's frame or that of its link.
        target: Point at which it looks, in the same frame.
        fov: Horizontal field of view, degrees.
        up: Direction of the image's top, in the same frame, as far as the line of sight allows.
        link: Name of the robot's link it moves with, `HAND` for its hand; None stands still.
    """

    position: Vector
    target: Vector
    fov: float = 75.0
    up: Vector = (0.0, 0.0, 1.0)
    link: str | None = None

    def vertical_fov(self, image_size: tuple[int, int]) -> float:
        """Return the vertical field of view, degrees, for square pixels in an `(H, W)` image."""
        height, width = image_size
        return float(np.degrees(2 * np.arctan(np.tan(np.radians(self.fov) / 2) * height / width)))

    def quaternion(self) -> Quaternion:
        """Return its orientation `(w, x, y, z)`: x to the image's right, y up, looking along -z."""
        backward = np.subtract(self.position, self.target)
        right = np.cross(self.up, backward)
        axes = np.stack([right, np.cross(backward, right), backward], axis=1)
        w, x, y, z = quaternion_from_matrix(axes / np.linalg.norm(axes, axis=0)).tolist()
        return w, x, y, z


def _looking(position: Vector, forward: Vector) -> Camera:
    x, y, z = np.add(position, forward)
    return Camera(position, (float(x), float(y), float(z)))


CAMERAS: dict[str, Camera] = {
    "middle": _looking((0.45, 0.0, 1.6), (-0.8661, 0.0005, -0.4999)),
    "left": _looking((0.1, -1.0, 1.2), (-0.1707, 0.9699, -0.1736)),
    "right": _looking((0.1, 1.0, 1.2), (-0.1718, -0.9697, -0.1736)),
    "close_left": Camera((0.55, -0.55, 1.35), (0.05, 0.05, 1.0), fov=60.0),
    "close_right": Camera((0.55, 0.55, 1.35), (0.05, -0.05, 1.0), fov=60.0),
    # The image's right is the axis along which the fingers close.
    "wrist": Camera((0.07, 0.0, 0.045), (0.02, 0.0, 0.2), fov=80.0, up=(1.0, 0.0, 0.0), link=HAND),
}
