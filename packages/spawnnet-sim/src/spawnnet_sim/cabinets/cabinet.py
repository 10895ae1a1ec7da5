"""Description of a cabinet, the same for every source of cabinets and every engine.

The cabinet's frame: origin on the floor below the middle of the front, x out of the front towards
the robot, y to the left seen from inside the cabinet, z up. Lengths are metres, angles radians,
quaternions `(w, x, y, z)`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cloud import Cloud, read_cloud, sample_cloud
from spawnnet_sim.rotations import matrix_from_quaternion

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

# The first four are seen and touched; a mesh is only seen, a contact box only touched.
ShapeKind = Literal["box", "capsule", "cylinder", "sphere", "mesh", "contact_box"]
SHAPE_KINDS: tuple[ShapeKind, ...] = (
    "box", "capsule", "cylinder", "sphere", "mesh", "contact_box",
)  # fmt: skip

_NUM_EXTENTS: dict[ShapeKind, int] = {
    "box": 3, "capsule": 2, "cylinder": 2, "sphere": 1, "mesh": 0, "contact_box": 3,
}  # fmt: skip

IDENTITY: Quaternion = (1.0, 0.0, 0.0, 0.0)


class ShapeError(ValueError):
    """A solid or surface that no engine could simulate: flat, endless or not a number."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface of triangles, seen from the side where their corners run counter-clockwise.

    Attributes:
        vertices: `(n, 3)` metres, in the frame of the shape.
        normals: `(n, 3)` unit vectors.
        uv: `(n, 2)` texture coordinates, (0, 0) the image's lower left corner; None without.
        faces: `(m, 3)` int, indices of the vertices.
    """

    vertices: NDArray[np.float64]
    normals: NDArray[np.float64]
    uv: NDArray[np.float64] | None
    faces: NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """One solid, or one surface.

    Attributes:
        kind: What it is.
        size: Half extents `(x, y, z)` of a box; `(radius, half length, 0)` of a capsule or cylinder
            along its local z; `(radius, 0, 0)` of a sphere; zeros for a mesh.
        position: Centre, in the frame of the part that holds the shape.
        quaternion: Orientation, in the same frame.
        material: Which of the cabinet's materials it shows.
        mesh: The surface of a mesh; None for every other kind.

    Raises:
        ShapeError: If an extent is not positive, or a number is not finite.
    """

    kind: ShapeKind
    size: Vector
    position: Vector
    quaternion: Quaternion = IDENTITY
    material: str = "body"
    mesh: Mesh | None = None

    def __post_init__(self) -> None:
        if min(self.size[: _NUM_EXTENTS[self.kind]], default=1.0) <= 0:
            raise ShapeError(f"a {self.kind} whose extents are not positive: {self.size}")
        numbers = (*self.size, *self.position, *self.quaternion)
        if not np.isfinite(numbers).all():
            raise ShapeError(f"a {self.kind} with numbers that are not finite: {numbers}")
        if self.mesh is not None and not np.isfinite(self.mesh.vertices).all():
            raise ShapeError("a mesh with vertices that are not finite")


@dataclass(frozen=True)
class Material:
    """What a surface looks like.

    Attributes:
        rgb: Colour in [0, 1]; multiplies the texture.
        texture: `(h, w, 3)` uint8, or None for a plain colour.
        repeat: Repetitions of the texture across a surface, horizontally and vertically.
    """

    rgb: Vector
    texture: NDArray[np.uint8] | None = field(default=None, compare=False)
    repeat: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Joint:
    """How the moving part moves.

    Attributes:
        kind: `slide` (drawer; metres) or `hinge` (door; radians).
        axis: Unit direction of positive motion, or of the hinge, in the cabinet's frame.
        origin: A point on the axis, in the cabinet's frame; the moving part's frame starts there.
        upper: Largest opening; the joint is closed at 0.
    """

    kind: Literal["slide", "hinge"]
    axis: Vector
    origin: Vector
    upper: float


@dataclass(frozen=True)
class Handle:
    """Where and how to grasp the moving part.

    Attributes:
        kind: Name of the family of shapes, such as `knob`.
        position: Point between the fingers of a good grasp, in the moving part's frame.
        grip_axis: Unit direction in which the fingers close, in the moving part's frame.
        width: Thickness between the fingers along `grip_axis`, metres.
    """

    kind: str
    position: Vector
    grip_axis: Vector
    width: float


@dataclass(frozen=True)
class Origin:
    """How a cabinet's own axes, those of the files it comes from, lie in its description.

    Attributes:
        root_position: Origin of the files' root, in the cabinet's frame.
        root_quaternion: Orientation of the same.
        link_quaternion: Orientation of the files' moving link in the moving part's frame; their
            origins coincide.
        original_position: Where in an environment the original release puts the root; None where
            it knows no such cabinet.
    """

    root_position: Vector = (0.0, 0.0, 0.0)
    root_quaternion: Quaternion = IDENTITY
    link_quaternion: Quaternion = IDENTITY
    original_position: Vector | None = None


@dataclass(frozen=True)
class CabinetSpec:
    """A cabinet with one moving part.

    Attributes:
        name: Unique within its set, such as `drawer-train-v1/03`.
        body: Shapes that do not move, in the cabinet's frame.
        part: Shapes that move, in the moving part's frame (at `joint.origin` when closed).
        joint: How `part` moves.
        handle: How to grasp `part`.
        box: Lower and upper corner of the box around `part`'s front, in the moving part's frame.
        materials: Materials by the names that the shapes use; the generated cabinets have `body`,
            `front` and `handle`.
        origin: Its own axes.
        cloud_file: File with its point cloud; None samples one from the shapes.
        urdf: File that it comes from; None for those that are made of solids alone.
    """

    name: str
    body: tuple[Shape, ...]
    part: tuple[Shape, ...]
    joint: Joint
    handle: Handle
    box: tuple[Vector, Vector]
    materials: dict[str, Material]
    origin: Origin = Origin()
    cloud_file: Path | None = None
    urdf: Path | None = None

    @property
    def handle_position(self) -> NDArray[np.float64]:
        """The grasp point of the closed cabinet, `(3,)`, in the cabinet's frame."""
        return np.add(self.joint.origin, self.handle.position)

    @cached_property
    def cloud(self) -> Cloud:
        """Points on the surface, `(8192, 4)`: x, y, z (m), and 1 for those that move.

        Those are in the axes of the moving link, the others in those of the root, see `origin`.

        Raises:
            ConfigurationError: If the file of the cloud is missing or broken.
        """
        if self.cloud_file is not None:
            return read_cloud(self.cloud_file)
        cloud = sample_cloud(self.body, self.part, zlib.crc32(self.name.encode()))
        root, link = (
            matrix_from_quaternion(np.array(quaternion))
            for quaternion in (self.origin.root_quaternion, self.origin.link_quaternion)
        )
        moves, points = cloud[:, 3:] == 1, cloud[:, :3]
        at_rest = (points - self.origin.root_position) @ root
        cloud[:, :3] = np.where(moves, points @ link, at_rest)
        return cloud
