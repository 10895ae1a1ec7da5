"""The files that Isaac Gym loads: the user's, or such as are written from descriptions."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from spawnnet_sim.atomic_file import write_bytes
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Quaternion, Vector
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.isaacgym.urdf import PART, cabinet_urdf, joint_name, robot_urdf
from spawnnet_sim.physics.robot_spec import RobotSpec

ROBOT_FILE = "franka_description/robots/franka_panda_slider_longer.urdf"
# Names of the original's asset for the links, and for the joints that move them.
ORIGINAL_NAMES = {
    "slide": ("basey", "z_free_base1"),
    "base": ("panda_link0", "z_free_base2"),
    **{f"link{i}": (f"panda_link{i}", f"panda_joint{i}") for i in range(1, 8)},
    "hand": ("panda_hand", ""),
    "left_finger": ("panda_leftfinger", "panda_finger_joint1"),
    "right_finger": ("panda_rightfinger", "panda_finger_joint2"),
}
_MOVING = ("revolute", "prismatic", "continuous")


@dataclass(frozen=True)
class RobotAsset:
    """A file with the robot.

    Attributes:
        file: The URDF.
        links: Its names for the robot's links, L.
        joints: Its names for the robot's joints, J.
        is_original: Whether it is the original's, with meshes, rather than one that was written.
    """

    file: Path
    links: tuple[str, ...]
    joints: tuple[str, ...]
    is_original: bool


@dataclass(frozen=True)
class CabinetAsset:
    """A file with a cabinet, and where it stands.

    Attributes:
        file: The URDF.
        link: Its name for the moving part.
        joint: Its name for the joint.
        sign: -1 where the joint opens in negative direction, else 1.
        position: Of its root in the environment's frame, m.
        quaternion: Orientation of the same, `(w, x, y, z)`.
        has_meshes: Whether it is one of PartNet's, made of meshes.
    """

    file: Path
    link: str
    joint: str
    sign: float
    position: Vector
    quaternion: Quaternion
    has_meshes: bool


def robot_asset(robot: RobotSpec, assets: str | None) -> RobotAsset:
    """Return the file of the robot: the original's, or one that is written.

    Raises:
        ConfigurationError: If the folder does not hold it, or it is another robot's.
    """
    if assets is None:
        joints = tuple(joint_name(link.name) for link in robot.joints)
        return RobotAsset(_write(robot_urdf(robot)), robot.link_names, joints, is_original=False)
    file = robot_file(assets)
    unknown = set(robot.link_names) - ORIGINAL_NAMES.keys()
    if unknown:
        message = f"hold another robot: theirs has no link {min(unknown)!r}; leave them out."
        raise ConfigurationError("assets", message)
    links = tuple(ORIGINAL_NAMES[name][0] for name in robot.link_names)
    joints = tuple(ORIGINAL_NAMES[link.name][1] for link in robot.joints)
    return RobotAsset(file, links, joints, is_original=True)


def robot_file(assets: str) -> Path:
    """Return the file of the original's robot.

    Raises:
        ConfigurationError: If the folder does not hold it.
    """
    file = Path(assets).absolute() / ROBOT_FILE
    if not file.is_file():
        raise ConfigurationError("assets", f"{assets!r} lacks the robot, `{ROBOT_FILE}`.")
    return file


def cabinet_asset(cabinet: CabinetSpec) -> CabinetAsset:
    """Return the file of a cabinet: PartNet's, or one that is written.

    Raises:
        ConfigurationError: If it is made of meshes and no file has them, or the file is broken.
    """
    if cabinet.urdf is not None:
        return _partnet_asset(cabinet, cabinet.urdf)
    if any(shape.kind == "mesh" for shape in (*cabinet.body, *cabinet.part)):
        message = f"{cabinet.name!r} is made of meshes without a URDF, which Isaac Gym needs."
        raise ConfigurationError("", message)
    file = _write(cabinet_urdf(cabinet))
    at_rest = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
    return CabinetAsset(file, PART, joint_name(PART), 1.0, *at_rest, has_meshes=False)


def _partnet_asset(cabinet: CabinetSpec, file: Path) -> CabinetAsset:
    document = ET.fromstring(file.read_text("utf-8"))
    (joint,) = (each for each in document.iter("joint") if each.attrib["type"] in _MOVING)
    child, limit = joint.find("child"), joint.find("limit")
    assert child is not None  # the cabinet was loaded from the same file
    ends = {} if limit is None else limit.attrib
    opens_backwards = abs(float(ends.get("lower", 0))) > abs(float(ends.get("upper", 0)))
    return CabinetAsset(
        file.absolute(),
        child.attrib["link"],
        joint.attrib["name"],
        -1.0 if opens_backwards else 1.0,
        cabinet.origin.root_position,
        cabinet.origin.root_quaternion,
        has_meshes=True,
    )


def _write(text: str) -> Path:
    """Return a file with this text in the user's cache; it is written once."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    name = hashlib.sha256(text.encode()).hexdigest()[:24]
    file = Path(cache).absolute() / "spawnnet-sim" / "urdf" / f"{name}.urdf"
    if not file.exists():
        write_bytes(file, text.encode())
    return file
