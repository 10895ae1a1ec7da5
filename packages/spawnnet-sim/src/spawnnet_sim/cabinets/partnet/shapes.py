"""Meshes of a PartNet-Mobility asset as shapes of a cabinet: what is seen and what is touched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import Mesh, Shape, Vector
from spawnnet_sim.cabinets.partnet.boxes import Box, boxes_around
from spawnnet_sim.cabinets.partnet.obj import Look, Surface
from spawnnet_sim.cabinets.partnet.urdf import Array, MeshUse
from spawnnet_sim.rotations import quaternion_from_matrix


def visible_shapes(
    uses: Sequence[MeshUse],
    meshes: dict[str, list[Surface]],
    frame: Array,
    looks: dict[Look, str],
    moves: bool,
) -> list[Shape]:
    """Return one mesh per material of what is seen of the body, or of the moving part.

    Args:
        uses: The visuals.
        meshes: Surfaces of each mesh, by file.
        frame: `(4, 4)` from the asset's root to the frame of body or part.
        looks: Names of the materials.
        moves: Whether it is the moving part.
    """
    by_look: dict[Look, list[Surface]] = {}
    for use in uses:
        for surface in meshes[use.file] if use.moves == moves else ():
            by_look.setdefault(surface.look, []).append(_transformed(surface, frame @ use.pose))
    zero = (0.0, 0.0, 0.0)
    return [
        Shape("mesh", zero, zero, material=looks[look], mesh=_merge(surfaces))
        for look, surfaces in by_look.items()
    ]


def contact_shapes(
    uses: Sequence[MeshUse],
    meshes: dict[str, list[Surface]],
    frame: Array,
    looks: dict[Look, str],
    moves: bool,
    asset: str,
) -> list[Shape]:
    """Return the boxes that stand for the same in contact; arguments as of `visible_shapes`.

    `asset` is its name, for the log.
    """
    boxes = [
        box
        for use in uses
        if use.moves == moves and meshes[use.file]
        for box in boxes_around(
            corners_of(meshes[use.file], frame @ use.pose), f"asset {asset!r}, `{use.file}`"
        )
    ]
    return [_contact_box(box, next(iter(looks.values()))) for box in boxes]


def _contact_box(box: Box, material: str) -> Shape:
    w, x, y, z = quaternion_from_matrix(box.axes).tolist()
    return Shape("contact_box", vector(box.half), vector(box.centre), (w, x, y, z), material)


def _transformed(surface: Surface, pose: Array) -> Surface:
    normals = surface.normals @ np.linalg.inv(pose[:3, :3])
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
    return surface._replace(corners=surface.corners @ pose[:3, :3].T + pose[:3, 3], normals=normals)


def corners_of(surfaces: Sequence[Surface], pose: Array) -> Array:
    """Return the triangles of surfaces, `(m, 3, 3)`, moved by a pose `(4, 4)`."""
    corners = np.concatenate([surface.corners for surface in surfaces])
    moved: Array = corners @ pose[:3, :3].T + pose[:3, 3]
    return moved


def _merge(surfaces: Sequence[Surface]) -> Mesh:
    """Join surfaces of one material; corners that agree in everything become one vertex."""
    corners, normals, uv = (
        np.concatenate([getattr(surface, name).reshape(-1, width) for surface in surfaces])
        for name, width in (("corners", 3), ("normals", 3), ("uv", 2))
    )
    rows = np.round(np.concatenate([corners, normals, uv], axis=1), 6)
    vertices, faces = np.unique(rows, axis=0, return_inverse=True)
    if len(vertices) == 3:  # MuJoCo wants four
        vertices = np.concatenate([vertices, vertices[-1:]])
    return Mesh(
        vertices[:, :3],
        vertices[:, 3:6],
        None if surfaces[0].look.texture is None else vertices[:, 6:],
        faces.reshape(-1, 3).astype(np.int32),
    )


def vector(array: NDArray[np.float64]) -> Vector:
    """Return `(3,)` numbers as the tuple that descriptions hold."""
    x, y, z = (float(entry) for entry in array)
    return x, y, z
