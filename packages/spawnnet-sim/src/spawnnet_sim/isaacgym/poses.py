"""Poses between the package's conventions and the library's.

The library's quaternions are `(x, y, z, w)`, and its cameras look along their x, with z up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import Quaternion
from spawnnet_sim.rotations import matrix_from_quaternion, quaternion_from_matrix

Array = NDArray[np.float64]

# Columns: where x, y and z of the library's camera lie in one that looks along -z, with y up.
_CAMERA = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])


def xyzw(quaternion: Sequence[float]) -> list[float]:
    """Return `(w, x, y, z)` in the library's order."""
    w, x, y, z = (float(each) for each in quaternion)
    return [x, y, z, w]


def matrix_from_xyzw(quaternion: Array) -> Array:
    """Return `(..., 3, 3)` rotation matrices for the library's quaternions `(..., 4)`."""
    ordered = np.roll(quaternion, 1, axis=-1)
    return matrix_from_quaternion(ordered / np.linalg.norm(ordered, axis=-1, keepdims=True))


def camera_quaternion(quaternion: Quaternion) -> Quaternion:
    """Return the library's orientation `(w, x, y, z)` of a camera of `cameras.Camera`."""
    w, x, y, z = quaternion_from_matrix(
        matrix_from_quaternion(np.array(quaternion)) @ _CAMERA
    ).tolist()
    return w, x, y, z


def forward(quaternion: Quaternion, axis: int = 0) -> Array:
    """Return where an axis of an orientation points, `(3,)`; x is a camera's line of sight."""
    return np.asarray(matrix_from_quaternion(np.array(quaternion))[:, axis])
