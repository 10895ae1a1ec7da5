"""Rotations in NumPy, over any leading axes; quaternions are `(w, x, y, z)`, unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def quaternion_from_matrix(matrix: Array) -> Array:
    """Return quaternions `(..., 4)`, w not negative, of rotation matrices `(..., 3, 3)`."""
    xx, yy, zz = (matrix[..., i, i] for i in range(3))
    trace = np.trace(matrix, axis1=-2, axis2=-1)
    wx = matrix[..., 2, 1] - matrix[..., 1, 2]
    wy = matrix[..., 0, 2] - matrix[..., 2, 0]
    wz = matrix[..., 1, 0] - matrix[..., 0, 1]
    xy = matrix[..., 0, 1] + matrix[..., 1, 0]
    xz = matrix[..., 0, 2] + matrix[..., 2, 0]
    yz = matrix[..., 1, 2] + matrix[..., 2, 1]
    rows = (  # the four products 4 q q_i for every i
        (1 + trace, wx, wy, wz),
        (wx, 1 + 2 * xx - trace, xy, xz),
        (wy, xy, 1 + 2 * yy - trace, yz),
        (wz, xz, yz, 1 + 2 * zz - trace),
    )
    products = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    # The row of the largest component is the best one.
    best = np.argmax(np.diagonal(products, axis1=-2, axis2=-1), axis=-1)
    row = np.take_along_axis(products, best[..., None, None], axis=-2)[..., 0, :]
    length = np.sqrt(row[..., None, :] @ row[..., :, None])[..., 0]
    quaternion: Array = row / length * np.where(row[..., :1] >= 0, 1.0, -1.0)
    return quaternion


def quaternion_product(a: Array, b: Array) -> Array:
    """Return the quaternions `(..., 4)` that turn by b first and then by a, `(..., 4)` each."""
    w, x, y, z = np.moveaxis(a, -1, 0)
    matrix = np.stack(  # (4, 4, ...), of the multiplication from the left
        [[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]]
    )
    product: Array = np.einsum("ij...,...j->...i", matrix, b)
    return product


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
