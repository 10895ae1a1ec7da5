"""The links, the meshes and the one joint of a `mobility.urdf`.

Only what RLAfford's assets contain is read: fixed joints and one that is free, meshes with an
origin and a scale. They have neither inertias nor joint efforts, names of visuals repeat, and
links may come after the joints that name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.partnet.files import AssetFiles

Array = NDArray[np.float64]

URDF = "mobility.urdf"
_KINDS: dict[str, Literal["slide", "hinge"]] = {
    "prismatic": "slide", "revolute": "hinge", "continuous": "hinge",
}  # fmt: skip


@dataclass(frozen=True)
class MeshUse:
    """A mesh somewhere on a link.

    Attributes:
        name: What PartNet calls it, such as `handle-12`; not unique.
        file: Path of the mesh inside the asset's folder.
        pose: `(4, 4)`, from the mesh's coordinates to those of the asset's root, scale included.
        moves: Whether the free joint moves it.
    """

    name: str
    file: str
    pose: Array
    moves: bool


@dataclass(frozen=True)
class Furniture:
    """What a `mobility.urdf` says, with the free joint at zero.

    Attributes:
        visuals: What is seen.
        collisions: What is touched.
        kind: Kind of the free joint.
        pose: `(4, 4)` of the moving link in the asset's root frame.
        axis: `(3,)` unit axis of the free joint in the root frame; positive motion opens.
        upper: Largest opening, m or rad.
        scale: Largest scale of a mesh.
    """

    visuals: tuple[MeshUse, ...]
    collisions: tuple[MeshUse, ...]
    kind: Literal["slide", "hinge"]
    pose: Array
    axis: Array
    upper: float
    scale: float


def read_urdf(files: AssetFiles) -> Furniture:
    """Read an asset's `mobility.urdf`.

    Raises:
        ConfigurationError: If it is missing, broken, or has not exactly one free joint.
    """
    try:
        robot = ET.fromstring(files.text(URDF))
    except ET.ParseError as error:
        raise files.error(URDF, f"is broken: {error}") from error
    try:
        return _furniture(files, robot)
    except (KeyError, TypeError) as error:
        raise files.error(URDF, f"lacks an attribute or element: {error}") from error


def _furniture(files: AssetFiles, robot: ET.Element) -> Furniture:
    joints = {_child(joint, "child").attrib["link"]: joint for joint in robot.iter("joint")}
    free = {link: joint for link, joint in joints.items() if joint.attrib["type"] in _KINDS}
    if len(free) != 1:
        raise files.error(URDF, f"must have exactly one free joint, has {len(free)}")
    ((moving, joint),) = free.items()
    chains = {
        link.attrib["name"]: _chain(files, link.attrib["name"], joints)
        for link in robot.iter("link")
    }
    pose = _pose_of(files, chains[moving], joints)
    upper, sign = _range(files, joint)
    axis = pose[:3, :3] @ _floats(files, joint.find("axis"), "xyz", (1.0, 0.0, 0.0))
    if not 0 < np.linalg.norm(axis) < np.inf:
        raise files.error(URDF, "has a joint without an axis")
    uses = {
        kind: tuple(
            _use(files, element, _pose_of(files, chain, joints), moving in chain)
            for link in robot.iter("link")
            for chain in (chains[link.attrib["name"]],)
            for element in link.iter(kind)
        )
        for kind in ("visual", "collision")
    }
    scales = [abs(np.linalg.det(use.pose[:3, :3])) ** (1 / 3) for use in uses["visual"]]
    return Furniture(
        uses["visual"],
        uses["collision"],
        _KINDS[joint.attrib["type"]],
        pose,
        sign * axis / np.linalg.norm(axis),
        upper,
        float(max(scales, default=1.0)),
    )


def _chain(files: AssetFiles, link: str, joints: dict[str, ET.Element]) -> list[str]:
    """Return the links from `link` up to below the root."""
    chain: list[str] = []
    while link in joints:
        if link in chain:
            raise files.error(URDF, f"has a loop of joints at link {link!r}")
        chain.append(link)
        link = _child(joints[link], "parent").attrib["link"]
    return chain


def _pose_of(files: AssetFiles, chain: list[str], joints: dict[str, ET.Element]) -> Array:
    pose = np.eye(4)
    for link in reversed(chain):
        pose = pose @ _origin(files, joints[link])
    return pose


def _range(files: AssetFiles, joint: ET.Element) -> tuple[float, float]:
    """Return the largest opening and the sign of the axis that opens."""
    limit = joint.find("limit")
    lower, upper = (_floats(files, limit, name, (0.0,))[0] for name in ("lower", "upper"))
    opening = max(abs(lower), abs(upper))
    if opening < 1e-3:
        raise files.error(URDF, f"has a joint that cannot move, limits {lower} and {upper}")
    return float(opening), 1.0 if abs(upper) >= abs(lower) else -1.0


def _use(files: AssetFiles, element: ET.Element, link: Array, moves: bool) -> MeshUse:
    mesh = element.find("geometry/mesh")
    if mesh is None:
        raise files.error(URDF, f"has a {element.tag} that is not a mesh")
    scale = _floats(files, mesh, "scale", (1.0, 1.0, 1.0))
    pose = link @ _origin(files, element) @ np.diag([*scale, 1.0])
    return MeshUse(element.get("name", ""), mesh.attrib["filename"], pose, moves)


def _origin(files: AssetFiles, element: ET.Element) -> Array:
    origin = element.find("origin")
    pose = np.eye(4)
    pose[:3, 3] = _floats(files, origin, "xyz", (0.0, 0.0, 0.0))
    roll, pitch, yaw = _floats(files, origin, "rpy", (0.0, 0.0, 0.0))
    pose[:3, :3] = turn(2, yaw) @ turn(1, pitch) @ turn(0, roll)
    return pose


def turn(axis: int, angle: float) -> Array:
    """Return the rotation matrix about coordinate axis 0, 1 or 2 by an angle in rad."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[j, i], matrix[i, j] = np.sin(angle), -np.sin(angle)
    return matrix


def _child(element: ET.Element, name: str) -> ET.Element:
    child = element.find(name)
    if child is None:
        raise KeyError(f"{name} of {element.tag} {element.get('name')!r}")
    return child


def _floats(
    files: AssetFiles,
    element: ET.Element | None,
    attribute: str,
    default: tuple[float, ...],
) -> Array:
    text = None if element is None else element.get(attribute)
    if text is None:
        return np.array(default)
    try:
        numbers = np.array([float(word) for word in text.split()])
    except ValueError:
        numbers = np.array([])
    if numbers.shape != (len(default),) or not np.isfinite(numbers).all():
        raise files.error(URDF, f"has {attribute}={text!r}, expected {len(default)} numbers")
    return numbers
