"""Boxes that stand for triangle meshes in contact.

A mesh is taken apart into pieces that hang together. A flat piece becomes thin boxes, a piece
that fills its box well that box, a piece of few flat sides that is open thin boxes for each, and
the rest what CoACD cuts it into (`partnet_coacd`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.partnet_coacd import decompose

Array = NDArray[np.float64]

WELD = 1e-5  # corners nearer than this are one, metres
FLAT = 5e-4  # half a thickness below which a piece is flat, metres
THIN = 2e-3  # half the thickness of boxes for flat pieces, metres
FILLED = 0.75  # share of its box that a piece must fill if one box is to stand for it
MAX_LINES = 24  # of the grid that cuts up a flat piece, along each side
MAX_PATCHES = 24  # that an open piece may be taken apart into
MAX_FRAMES = 256  # orientations of boxes that are tried


class Box(NamedTuple):
    """A solid box.

    Attributes:
        half: `(3,)` half extents along its own axes, metres.
        centre: `(3,)` metres.
        axes: `(3, 3)` rotation matrix, its axes as columns.
    """

    half: Array
    centre: Array
    axes: Array


def boxes_around(corners: Array) -> list[Box]:
    """Return boxes that stand for triangles `(m, 3, 3)`, metres."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    corners = corners[np.linalg.norm(normal, axis=1) > 1e-10]
    if not len(corners):
        return []
    return [box for piece in _pieces(corners) for box in _boxes_of_piece(piece)]


def fit_box(corners: Array) -> Box:
    """Return the smallest box around triangles `(m, 3, 3)` that lies flat on one of them."""
    points = corners.reshape(-1, 3)
    along = corners[:, 1] - corners[:, 0]
    normal = np.cross(along, corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    chosen = np.argsort(-area, kind="stable")[:MAX_FRAMES]
    chosen = chosen[area[chosen] > 0]
    x = along[chosen] / np.linalg.norm(along[chosen], axis=1, keepdims=True)
    z = normal[chosen] / area[chosen, None]
    frames = np.stack([x, np.cross(z, x), z], axis=2)  # axes as columns
    frames = np.concatenate([frames, np.eye(3)[None]])  # in case no triangle has an area
    local = np.einsum("pi,fij->fpj", points, frames)
    lower, upper = local.min(axis=1), local.max(axis=1)
    best = np.argmin(np.prod(upper - lower + 1e-3, axis=1))  # flat boxes differ in area
    axes, low, high = frames[best], lower[best], upper[best]
    return Box((high - low) / 2, axes @ (low + high) / 2, axes)


def _boxes_of_piece(corners: Array) -> list[Box]:
    box = fit_box(corners)
    if box.half.min() < FLAT:
        return _boxes_of_sheet(corners, box)
    if _is_closed(corners):
        if abs(_volume(corners)) >= FILLED * 8 * np.prod(box.half):
            return [box]
    elif len(patches := _patches(corners)) <= MAX_PATCHES:
        return [box for patch in patches for box in _boxes_of_sheet(patch, fit_box(patch))]
    return [fit_box(part) for part in decompose(corners)] or [box]


def _pieces(corners: Array) -> list[Array]:
    """Split triangles into groups that share corners."""
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


def _patches(corners: Array) -> list[Array]:
    """Split triangles into flat groups that share corners."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    largest = np.take_along_axis(normal, np.abs(normal).argmax(axis=1)[:, None], axis=1)
    normal *= np.sign(largest)  # the same for both sides of a plane
    offset = np.sum(normal * corners[:, 0], axis=1)
    keys = np.round(np.concatenate([normal / 0.02, offset[:, None] / 2e-3], axis=1))
    _, plane = np.unique(keys, axis=0, return_inverse=True)
    return [piece for each in np.unique(plane) for piece in _pieces(corners[plane == each])]


def _weld(corners: Array) -> NDArray[np.int64]:
    """Return `(m, 3)` numbers of corners, the same for corners at the same point."""
    grid = np.round(corners.reshape(-1, 3) / WELD).astype(np.int64)
    _, inverse = np.unique(grid, axis=0, return_inverse=True)
    return inverse.reshape(-1, 3)


def _is_closed(corners: Array) -> bool:
    """Return whether every edge belongs to an even number of triangles."""
    faces = _weld(corners)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return bool((counts % 2 == 0).all())


def _volume(corners: Array) -> float:
    """Return the signed volume inside closed triangles, m^3."""
    a, b, c = np.moveaxis(corners - corners.mean(axis=(0, 1)), 1, 0)
    return float(np.sum(np.cross(a, b) * c) / 6)


def _boxes_of_sheet(corners: Array, box: Box) -> list[Box]:
    """Return thin boxes that cover a flat piece, without closing its openings."""
    thin = int(np.argmin(box.half))
    wide = [axis for axis in range(3) if axis != thin]
    half = np.maximum(box.half, THIN)
    triangles = ((corners - box.centre) @ box.axes)[:, :, wide]  # (m, 3, 2)
    lines = [_grid_lines(triangles[..., axis]) for axis in range(2)]
    centres = np.stack(np.meshgrid(*(_middles(each) for each in lines), indexing="ij"), axis=-1)
    is_covered = _contain(triangles, centres.reshape(-1, 2)).reshape(centres.shape[:2])
    area = np.diff(lines[0])[:, None] * np.diff(lines[1])
    if (area * is_covered).sum() >= 0.95 * area.sum():
        return [Box(half, box.centre, box.axes)]
    boxes = []
    for row, (first, last) in _runs(is_covered):
        low = np.array([lines[0][row], lines[1][first]])
        high = np.array([lines[0][row + 1], lines[1][last]])
        centre, size = np.zeros(3), half.copy()
        centre[wide], size[wide] = (low + high) / 2, np.maximum((high - low) / 2, THIN)
        boxes.append(Box(size, box.centre + box.axes @ centre, box.axes))
    return boxes or [Box(half, box.centre, box.axes)]


def _grid_lines(values: Array) -> Array:
    """Return where the corners lie along one side, or evenly spaced lines if those are many."""
    lines = np.unique(np.round(values, 4))
    if len(lines) > MAX_LINES:
        lines = np.linspace(values.min(), values.max(), MAX_LINES)
    return lines


def _middles(lines: Array) -> Array:
    return (lines[:-1] + lines[1:]) / 2


def _contain(triangles: Array, points: Array) -> NDArray[np.bool_]:
    """Return whether points `(p, 2)` lie in any of the triangles `(m, 3, 2)`."""
    sides = []
    for start, end in ((0, 1), (1, 2), (2, 0)):
        edge = triangles[:, end] - triangles[:, start]
        offset = points[:, None] - triangles[:, start]  # (p, m, 2)
        sides.append(edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0])
    signs = np.stack(sides)
    inside = np.asarray((signs >= 0).all(axis=0)) | np.asarray((signs <= 0).all(axis=0))
    return np.asarray(inside.any(axis=1))


def _runs(is_inside: NDArray[np.bool_]) -> list[tuple[int, tuple[int, int]]]:
    """Return `(row, (first, end))` of every run of true entries within a row."""
    runs = []
    for row, line in enumerate(is_inside):
        steps = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        runs += [(row, (int(a), int(b))) for a, b in steps.reshape(-1, 2)]
    return runs
