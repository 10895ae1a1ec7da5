"""Points on the surface of a cabinet: what experts on point clouds read.

A cloud is `(8192, 4)` float32: x, y, z in metres and 1 for points that move, else 0. Points that
move are in the frame of the moving link, the others in that of the cabinet's root.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.rotations import matrix_from_quaternion

NUM_POINTS = 8192
Cloud = NDArray[np.float32]
Array = NDArray[np.float64]


class Triangles(Protocol):
    """What a mesh consists of."""

    @property
    def vertices(self) -> Array:
        """`(n, 3)` metres."""

    @property
    def faces(self) -> NDArray[np.int32]:
        """`(m, 3)`, indices of the vertices."""


class Solid(Protocol):
    """What of a `Shape` says where its surface is."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def size(self) -> tuple[float, float, float]:
        """As the kind says."""

    @property
    def position(self) -> tuple[float, float, float]:
        """Its centre."""

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """Its orientation."""

    @property
    def mesh(self) -> Triangles | None:
        """The surface of a mesh."""


def sample_cloud(fixed: Sequence[Solid], moving: Sequence[Solid], seed: int) -> Cloud:
    """Return a cloud of points spread evenly over the surfaces that are seen.

    Args:
        fixed: Solids of the body; their points get the mask 0.
        moving: Solids of the moving part; their points get 1.
        seed: Decides which points.
    """
    rng = np.random.default_rng(seed)
    solids = [(solid, mask) for mask, group in enumerate((fixed, moving)) for solid in group]
    seen = [(solid, mask) for solid, mask in solids if solid.kind != "contact_box"]
    areas = np.array([_area(solid) for solid, _ in seen])
    counts = rng.multinomial(NUM_POINTS, areas / areas.sum())
    parts = [
        np.column_stack([_points(solid, count, rng), np.full(count, mask)])
        for (solid, mask), count in zip(seen, counts, strict=True)
    ]
    return np.concatenate(parts).astype(np.float32)


def read_cloud(path: Path) -> Cloud:
    """Read a cloud that `torch.save` wrote, without running the code that such files can hold.

    Raises:
        ConfigurationError: If there is no such file, or it holds something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (data,) = (name for name in archive.namelist() if name.endswith("/data/0"))
            numbers = np.frombuffer(archive.read(data), "<f4")
        cloud = numbers.reshape(NUM_POINTS, 4).copy()
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigurationError(
            "cabinets.folder",
            f"`{path}` is no cloud of {NUM_POINTS} points, a float32 tensor: {error}.",
        ) from error
    if not np.isin(cloud[:, 3], (0.0, 1.0)).all():
        raise ConfigurationError(
            "cabinets.folder", f"`{path}` must have 0 or 1 in its fourth column."
        )
    return cloud


def _area(solid: Solid) -> float:
    """Return the area of a surface, m^2."""
    a, b, c = solid.size
    if solid.mesh is not None:
        return float(_face_areas(solid.mesh).sum())
    if solid.kind == "box":
        return 8 * (a * b + b * c + c * a)
    if solid.kind == "sphere":
        return 4 * np.pi * a * a
    ends = 4 * np.pi * a * a if solid.kind == "capsule" else 2 * np.pi * a * a
    return 4 * np.pi * a * b + ends


def _points(solid: Solid, count: int, rng: np.random.Generator) -> Array:
    """Return points on a surface, `(count, 3)` m, in the frame that holds the solid."""
    if solid.mesh is not None:
        local = _on_mesh(solid.mesh, count, rng)
    elif solid.kind == "box":
        local = _on_box(np.array(solid.size), count, rng)
    else:
        local = _on_round(solid, count, rng)
    rotation = matrix_from_quaternion(np.array(solid.quaternion))
    points: Array = local @ rotation.T + np.array(solid.position)
    return points


def _on_box(half: Array, count: int, rng: np.random.Generator) -> Array:
    points = rng.uniform(-half, half, (count, 3))
    faces = np.prod(half) / half  # of a pair of them, the area up to a factor
    axis = rng.choice(3, count, p=faces / faces.sum())
    points[np.arange(count), axis] = half[axis] * rng.choice((-1.0, 1.0), count)
    return points


def _on_round(solid: Solid, count: int, rng: np.random.Generator) -> Array:
    """Return points on a sphere, capsule or cylinder along z, `(count, 3)`."""
    radius = solid.size[0]
    half = 0.0 if solid.kind == "sphere" else solid.size[1]
    side = 4 * np.pi * radius * half
    is_end = rng.random(count) >= side / _area(solid)
    around = rng.uniform(0.0, 2 * np.pi, count)
    height, share = rng.uniform(-1.0, 1.0, count), np.ones(count)
    z = half * height
    if solid.kind == "cylinder":  # flat ends
        share[is_end] = np.sqrt(np.abs(height[is_end]))
        z[is_end] = half * np.sign(height[is_end])
    else:  # round ones; the height on a sphere is uniform (Archimedes)
        share[is_end] = np.sqrt(1 - height[is_end] ** 2)
        z[is_end] = radius * height[is_end] + half * np.sign(height[is_end])
    return np.stack([radius * share * np.cos(around), radius * share * np.sin(around), z], axis=1)


def _on_mesh(mesh: Triangles, count: int, rng: np.random.Generator) -> Array:
    areas = _face_areas(mesh)
    faces = mesh.faces[rng.choice(len(areas), count, p=areas / areas.sum())]
    corners = mesh.vertices[faces]  # (count, 3, 3)
    weights = rng.dirichlet((1.0, 1.0, 1.0), count)  # uniform in a triangle
    points: Array = np.einsum("ni,nij->nj", weights, corners)
    return points


def _face_areas(mesh: Triangles) -> Array:
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)  # (m, 3) each
    areas: Array = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return areas
