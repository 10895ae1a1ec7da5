"""Rotations in NumPy, over any leading axes; quaternions are `(w, x, y, z)`, unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinet import Quaternion

Array = NDArray[np.float64]


def matrix_from_quaternion(quaternion: Array) -> Array:
    """Return `(..., 3, 3)` rotation matrices for quaternions `(..., 4)`."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_from_matrix(matrix: Array) -> Quaternion:
    """Return the quaternion, w not negative, of one `(3, 3)` rotation matrix."""
    # The four products 4 q q_i for every i; the row of the largest component is the best one.
    m, trace = matrix, np.trace(matrix)
    products = np.array(
        [
            [1 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], 1 + 2 * m[0, 0] - trace, m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], 1 + 2 * m[1, 1] - trace, m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], 1 + 2 * m[2, 2] - trace],
        ]
    )
    row = products[np.argmax(np.diag(products))]
    w, x, y, z = row / np.linalg.norm(row) * (1.0 if row[0] >= 0 else -1.0)
    return (float(w), float(x), float(y), float(z))


def rotation_vector(matrix: Array) -> Array:
    """Return axis times angle (rad), `(..., 3)`, of rotation matrices `(..., 3, 3)`.

    Exact below half a turn; at half a turn the axis is lost and zero is returned.
    """
    skew = np.stack(
        [
            matrix[..., 2, 1] - matrix[..., 1, 2],
            matrix[..., 0, 2] - matrix[..., 2, 0],
            matrix[..., 1, 0] - matrix[..., 0, 1],
        ],
        axis=-1,
    )
    sine = np.linalg.norm(skew, axis=-1) / 2
    cosine = (np.trace(matrix, axis1=-2, axis2=-1) - 1) / 2
    angle = np.arctan2(sine, cosine)
    scale = np.where(sine > 1e-9, angle / np.maximum(2 * sine, 1e-12), 0.5)
    return skew * scale[..., None]
