"""What the environments of one batch have in common, whatever their cabinets look like.

Their models have the same bodies and, body by body, the same number of shapes of each kind; the
same number of materials; and meshes with the same number of triangles in all, for which an unused
mesh makes up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spawnnet_sim.cabinets.cabinet import CabinetSpec, Mesh, Shape

SPECK = (0.001, 0.001, 0.001)  # size of what only fills up the layout, metres


@dataclass(frozen=True)
class Layout:
    """What an environment's model has room for.

    Attributes:
        body: Number of shapes of each kind on the cabinet's body.
        part: The same on the moving part.
        num_materials: Number of materials.
        num_faces: Number of triangles of all meshes, those of specks included.
    """

    body: Counter[str]
    part: Counter[str]
    num_materials: int
    num_faces: int


def common_layout(cabinets: Sequence[CabinetSpec]) -> Layout:
    """Return the smallest layout with room for each of the cabinets."""

    def most(parts: Sequence[tuple[Shape, ...]]) -> Counter[str]:
        room: Counter[str] = Counter()
        for shapes in parts:
            room |= Counter(shape.kind for shape in shapes)
        return room

    layout = Layout(
        most([c.body for c in cabinets]),
        most([c.part for c in cabinets]),
        num_materials=max(len(c.materials) for c in cabinets),
        num_faces=0,
    )
    faces = [sum(len(mesh.faces) for mesh in named_meshes(c, layout).values()) for c in cabinets]
    return replace(layout, num_faces=max(faces))


def named_meshes(cabinet: CabinetSpec, layout: Layout) -> dict[str, Mesh]:
    """Return the meshes of an environment by the names `<body><number>`, specks included."""
    meshes: dict[str, Mesh] = {}
    for body, shapes, room in (
        ("cabinet", cabinet.body, layout.body),
        ("part", cabinet.part, layout.part),
    ):
        own = [shape.mesh for shape in shapes if shape.mesh is not None]
        own += [strip(2)] * (room["mesh"] - len(own))
        meshes |= {f"{body}{number}": mesh for number, mesh in enumerate(own)}
    return meshes


def strip(num_faces: int) -> Mesh:
    """Return a strip of triangles as wide as a speck."""
    corner = np.arange(num_faces + 2)
    vertices = SPECK[0] * np.stack([corner // 2 / num_faces, corner % 2, 0 * corner], axis=1)
    faces = np.stack([corner[:-2], corner[1:-1], corner[2:]], axis=1)
    normals = np.tile((0.0, 0.0, 1.0), (len(corner), 1))
    return Mesh(vertices, normals, None, faces.astype(np.int32))
