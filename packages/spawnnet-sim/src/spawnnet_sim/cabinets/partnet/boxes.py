"""Boxes that stand for triangle meshes in contact.

A mesh is taken apart into pieces that hang together. A piece that is flat, or a board too thin to
hold anything, becomes boxes of its thickness that cover its outline; a piece that fills its box
well that box; a piece of few flat sides that is open thin boxes for each; and the rest what CoACD
cuts it into (`coacd`).
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.partnet.coacd import decompose
from spawnnet_sim.cabinets.partnet.pieces import (
    Array,
    is_closed,
    split_patches,
    split_pieces,
)

FLAT = 5e-4  # half a thickness below which a piece is flat, metres
THIN = 2e-3  # half the thickness of boxes for flat pieces, metres
BOARD = 0.015  # half a thickness below which only a piece's outline matters, metres
FILLED = 0.75  # share of its box that a piece must fill if one box is to stand for it
MAX_LINES = 24  # of the grid that cuts up an outline, along each side
MIN_CELL = 5e-3  # least side of a cell of that grid where it is evenly spaced, metres
MAX_PATCHES = 24  # that an open piece may be taken apart into
MAX_FRAMES = 256  # orientations of boxes that are tried
SIMILAR = 1.1  # how much larger than the smallest box one nearer to the cabinet's axes may be
SAMPLES = 12  # along each side of a box, to see how much of it a piece fills


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


def boxes_around(corners: Array, what: str) -> list[Box]:
    """Return boxes that stand for triangles.

    None of them is flat: those that would be get a thickness, and those that are mere points are
    left out.

    Args:
        corners: `(m, 3, 3)` metres.
        what: What they belong to, for the log.
    """
    boxes = [box for piece in split_pieces(corners) for box in _boxes_of_piece(piece, what)]
    return [
        box._replace(half=np.where(box.half < FLAT, THIN, box.half))
        for box in boxes
        if box.half.max() >= FLAT
    ]


def fit_box(corners: Array) -> Box:
    """Return the smallest box around triangles `(m, 3, 3)` that lies flat on one of them.

    Of boxes of about the same size, the one nearest to the axes is taken.
    """
    points = np.unique(corners.reshape(-1, 3), axis=0)
    along = corners[:, 1] - corners[:, 0]
    normal = np.cross(along, corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    chosen = np.argsort(-area, kind="stable")[:MAX_FRAMES]
    chosen = chosen[area[chosen] > 0]
    x = along[chosen] / np.linalg.norm(along[chosen], axis=1, keepdims=True)
    z = normal[chosen] / area[chosen, None]
    frames = np.stack([x, np.cross(z, x), z], axis=2)  # axes as columns
    frames = np.concatenate([frames, np.eye(3)[None]])
    local = points @ frames  # (f, p, 3)
    lower, upper = local.min(axis=1), local.max(axis=1)
    sizes = np.prod(upper - lower + 1e-3, axis=1)  # flat boxes differ in area
    # Fingers grip a round bar across sides, not corners: 3 is along the cabinet's axes.
    upright = np.abs(frames).max(axis=1).sum(axis=1)
    best = np.argmax(np.where(sizes <= SIMILAR * sizes.min(), upright, 0.0))
    axes, low, high = frames[best], lower[best], upper[best]
    return Box((high - low) / 2, axes @ (low + high) / 2, axes)


def _boxes_of_piece(corners: Array, what: str) -> list[Box]:
    box = fit_box(corners)
    if box.half.min() < BOARD:
        return _boxes_of_outline(corners, box)
    if is_closed(corners):
        if _filled_share(corners, box) >= FILLED:
            return [box]
    elif len(patches := split_patches(corners)) <= MAX_PATCHES:
        return [box for patch in patches for box in _boxes_of_outline(patch, fit_box(patch))]
    return [fit_box(part) for part in decompose(corners, what)] or [box]


def _filled_share(corners: Array, box: Box) -> float:
    """Return how much of its box a closed piece fills, whichever way its triangles look.

    A point is inside if a ray along the box's first axis leaves it through an odd number of
    triangles.
    """
    triangles = (corners - box.centre) @ box.axes / box.half  # the box is -1 to 1
    ticks = (np.arange(SAMPLES) + 0.49) / SAMPLES * 2 - 1  # off the middle, where edges meet
    points = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    a, b, c = np.moveaxis(triangles, 1, 0)
    normal = np.cross(b - a, c - a)
    steep = np.abs(normal[:, 0]) > 1e-12
    a, normal, triangles = a[steep], normal[steep], triangles[steep]
    offset = points[:, None] - a[:, 1:]  # (p, m, 2)
    hits = a[:, 0] - np.sum(offset * normal[:, 1:], axis=-1) / normal[:, 0]  # (p, m)
    hits = np.where(_contain(triangles[..., 1:], points), hits, -np.inf)
    num_ahead = (hits[:, None] > ticks[:, None]).sum(axis=-1)  # (p, ticks)
    return float((num_ahead % 2).mean())


def _boxes_of_outline(corners: Array, box: Box) -> list[Box]:
    """Return boxes as thick as a piece that cover it, seen along the thickness of its box.

    Its openings stay open.
    """
    thin = int(np.argmin(box.half))
    wide = [axis for axis in range(3) if axis != thin]
    half = np.maximum(box.half, THIN)
    triangles = ((corners - box.centre) @ box.axes)[:, :, wide]  # (m, 3, 2)
    lines = [_grid_lines(triangles[..., axis]) for axis in range(2)]
    centres = np.stack(np.meshgrid(*(_middles(each) for each in lines), indexing="ij"), axis=-1)
    contain = _contain(triangles, centres.reshape(-1, 2))
    is_covered = np.asarray(contain.any(axis=1)).reshape(centres.shape[:2])
    area = np.diff(lines[0])[:, None] * np.diff(lines[1])
    if (area * is_covered).sum() >= 0.95 * area.sum():
        return [Box(half, box.centre, box.axes)]
    boxes = []
    for low, high in _rectangles(lines, is_covered):
        centre, size = np.zeros(3), half.copy()
        centre[wide], size[wide] = (low + high) / 2, np.maximum((high - low) / 2, THIN)
        boxes.append(Box(size, box.centre + box.axes @ centre, box.axes))
    return boxes or [Box(half, box.centre, box.axes)]


def _grid_lines(values: Array) -> Array:
    """Return where the corners lie along one side, or evenly spaced lines if those are many."""
    lines = np.unique(np.round(values, 4))
    if len(lines) > MAX_LINES:
        count = round(np.ptp(values) / MIN_CELL) + 1
        lines = np.linspace(values.min(), values.max(), min(max(count, 2), MAX_LINES))
    return lines


def _middles(lines: Array) -> Array:
    return (lines[:-1] + lines[1:]) / 2


def _contain(triangles: Array, points: Array) -> NDArray[np.bool_]:
    """Return `(p, m)` whether points `(p, 2)` lie in triangles `(m, 3, 2)`."""
    sides = []
    for start, end in ((0, 1), (1, 2), (2, 0)):
        edge = triangles[:, end] - triangles[:, start]
        offset = points[:, None] - triangles[:, start]  # (p, m, 2)
        sides.append(edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0])
    signs = np.stack(sides)
    has_area = (signs != 0).any(axis=0)  # seen edge-on, a triangle contains nothing
    return np.asarray(((signs >= 0).all(axis=0) | (signs <= 0).all(axis=0)) & has_area)


def _rectangles(lines: list[Array], is_covered: NDArray[np.bool_]) -> list[tuple[Array, Array]]:
    """Return lower and upper corners `(2,)` of rectangles that make up the covered cells."""
    steps = np.flatnonzero((is_covered[1:] != is_covered[:-1]).any(axis=1)) + 1
    rows = [0, *steps.tolist(), len(is_covered)]
    found = []
    for first, end in itertools.pairwise(rows):  # rows that are alike
        padded = np.concatenate([[0], is_covered[first].astype(int), [0]])
        for left, right in np.flatnonzero(np.diff(padded)).reshape(-1, 2):
            low = np.array([lines[0][first], lines[1][left]])
            found.append((low, np.array([lines[0][end], lines[1][right]])))
    return found
