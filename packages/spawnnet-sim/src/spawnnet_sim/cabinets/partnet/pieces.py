"""Triangle meshes taken apart: into pieces that hang together, and those into flat patches.

PartNet-Mobility's meshes have most of their triangles twice, once for each side. Only one of the
two is kept here: with both, every mesh would look closed and empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WELD = 1e-5  # corners nearer than this are one, metres


def split_pieces(corners: Array) -> list[Array]:
    """Split triangles `(m, 3, 3)`, metres, into groups that share corners.

    Triangles without area are left out, and so are the back sides of others.
    """
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    corners = corners[np.linalg.norm(normal, axis=1) > 1e-10]
    return _connected(_one_sided(corners)) if len(corners) else []


def split_patches(corners: Array) -> list[Array]:
    """Split triangles into flat groups that share corners."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    largest = np.take_along_axis(normal, np.abs(normal).argmax(axis=1)[:, None], axis=1)
    normal *= np.sign(largest)  # the same for both sides of a plane
    offset = np.sum(normal * corners[:, 0], axis=1)
    keys = np.round(np.concatenate([normal / 0.02, offset[:, None] / 2e-3], axis=1))
    _, plane = np.unique(keys, axis=0, return_inverse=True)
    plane = plane.ravel()  # NumPy 2.0 alone returns a column
    return [piece for each in np.unique(plane) for piece in _connected(corners[plane == each])]


def is_closed(corners: Array) -> bool:
    """Return whether every edge belongs to an even number of triangles."""
    faces = _weld(corners)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return bool((counts % 2 == 0).all())


def _one_sided(corners: Array) -> Array:
    """Keep the first of triangles that have the same corners."""
    _, first = np.unique(np.sort(_weld(corners), axis=1), axis=0, return_index=True)
    return corners[np.sort(first)]


def _connected(corners: Array) -> list[Array]:
    faces = _weld(corners)
    labels = np.arange(faces.max() + 1)
    while True:
        lowest = np.repeat(labels[faces].min(axis=1), 3)
        new = labels.copy()
        np.minimum.at(new, faces.ravel(), lowest)
        new = new[new]
        if (new == labels).all():
            break
        labels = new
    piece = labels[faces[:, 0]]
    return [corners[piece == label] for label in np.unique(piece)]


def _weld(corners: Array) -> NDArray[np.int64]:
    """Return `(m, 3)` numbers of corners, the same for corners at the same point."""
    grid = np.round(corners.reshape(-1, 3) / WELD).astype(np.int64)
    _, inverse = np.unique(grid, axis=0, return_inverse=True)
    return inverse.reshape(-1, 3)
