"""Robots and cabinets as URDF files, which Isaac Gym reads.

Only what every reader of URDF knows is written: boxes, cylinders and spheres, of which a capsule
is made, with masses and inertias.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec, Material, Quaternion, Shape, Vector
from spawnnet_sim.isaacgym.inertia import Inertia, of_density, of_mass
from spawnnet_sim.physics.robot_spec import Link, RobotSpec
from spawnnet_sim.physics.scene import CABINET_DENSITY
from spawnnet_sim.rotations import matrix_from_quaternion

CABINET, PART = "cabinet", "part"  # links of a cabinet
_KINDS = {"slide": "prismatic", "hinge": "revolute", None: "fixed"}
_FAST = 1000.0  # m/s or rad/s; URDF has no joint without a largest speed
_SEEN, _TOUCHED = "visual", "collision"


def joint_name(link: str) -> str:
    """Return the name of the joint that moves a link."""
    return f"{link}_joint"


def robot_urdf(robot: RobotSpec) -> str:
    """Return a robot as URDF; its first link is `root`."""
    document = ET.Element("robot", name="robot")
    ET.SubElement(document, "link", name="root")
    for link in robot.links:
        element = ET.SubElement(document, "link", name=link.name)
        for shape in link.shapes:
            _add_shape(element, shape, link.rgb)
        _add_inertia(element, of_mass(link.shapes, link.mass))
        _add_robot_joint(document, link)
    return _text(document)


def cabinet_urdf(cabinet: CabinetSpec) -> str:
    """Return a cabinet of simple solids as URDF, where it stands in its environment.

    Its links are `cabinet` and `part`; the joint is closed at 0 and opens in positive direction.
    """
    document = ET.Element("robot", name="cabinet")
    for name, shapes in ((CABINET, cabinet.body), (PART, cabinet.part)):
        element = ET.SubElement(document, "link", name=name)
        for shape in shapes:
            _add_shape(element, shape, _colour(cabinet.materials[shape.material]))
        _add_inertia(element, of_density(shapes, CABINET_DENSITY))
    joint = cabinet.joint
    element = _add_joint(document, PART, CABINET, _KINDS[joint.kind], joint.origin)
    ET.SubElement(element, "axis", xyz=_row(joint.axis))
    _add_limit(element, (0.0, joint.upper), 0.0, _FAST)
    return _text(document)


def _add_robot_joint(document: ET.Element, link: Link) -> None:
    kind = _KINDS[link.joint]
    element = _add_joint(document, link.name, link.parent, kind, link.position, link.quaternion)
    if link.joint is not None:
        ET.SubElement(element, "axis", xyz=_row(link.axis))
        _add_limit(element, link.limits, link.effort, min(link.speed, _FAST))


def _add_joint(
    document: ET.Element,
    link: str,
    parent: str,
    kind: str,
    position: Vector,
    quaternion: Quaternion = (1.0, 0.0, 0.0, 0.0),
) -> ET.Element:
    element = ET.SubElement(document, "joint", name=joint_name(link), type=kind)
    ET.SubElement(element, "parent", link=parent)
    ET.SubElement(element, "child", link=link)
    _add_origin(element, position, quaternion)
    return element


def _add_limit(
    element: ET.Element, limits: tuple[float, float], effort: float, speed: float
) -> None:
    lower, upper = map(_number, limits)
    ET.SubElement(
        element, "limit", lower=lower, upper=upper, effort=_number(effort), velocity=_number(speed)
    )


def _add_shape(link: ET.Element, shape: Shape, rgb: Vector) -> None:
    for solid in _solids(shape):
        for use in (_SEEN, _TOUCHED):
            if shape.kind == "contact_box" and use == _SEEN:
                continue
            element = ET.SubElement(link, use)
            _add_origin(element, solid.position, solid.quaternion)
            element.append(_geometry(solid))
            if use == _SEEN:
                name = "_".join(f"{round(255 * channel):02x}" for channel in rgb)
                material = ET.SubElement(element, "material", name=name)
                ET.SubElement(material, "color", rgba=_row((*rgb, 1.0)))


def _geometry(solid: Shape) -> ET.Element:
    element = ET.Element("geometry")
    first, second, _ = solid.size
    if solid.kind in ("box", "contact_box"):
        ET.SubElement(element, "box", size=_row(np.multiply(2, solid.size)))
    elif solid.kind == "cylinder":
        ET.SubElement(element, "cylinder", radius=_number(first), length=_number(2 * second))
    else:
        ET.SubElement(element, "sphere", radius=_number(first))
    return element


def _solids(shape: Shape) -> Sequence[Shape]:
    """Return what a shape is made of: a capsule of a cylinder and two spheres."""
    if shape.kind != "capsule":
        return (shape,)
    radius, half, _ = shape.size
    axis = matrix_from_quaternion(np.array(shape.quaternion))[:, 2]
    ends = []
    for sign in (-1.0, 1.0):
        x, y, z = (np.array(shape.position) + sign * half * axis).tolist()
        ends.append(Shape("sphere", (radius, 0.0, 0.0), (x, y, z)))
    return (Shape("cylinder", shape.size, shape.position, shape.quaternion), *ends)


def _add_inertia(link: ET.Element, inertia: Inertia) -> None:
    element = ET.SubElement(link, "inertial")
    _add_origin(element, inertia.centre)
    ET.SubElement(element, "mass", value=_number(inertia.mass))
    axes = "xyz"
    entries = {
        f"i{axes[row]}{axes[column]}": _number(inertia.matrix[row, column])
        for row in range(3)
        for column in range(row, 3)
    }
    ET.SubElement(element, "inertia", entries)


def _add_origin(
    element: ET.Element,
    position: Sequence[float] | NDArray[np.float64],
    quaternion: Quaternion = (1.0, 0.0, 0.0, 0.0),
) -> None:
    ET.SubElement(element, "origin", xyz=_row(position), rpy=_row(roll_pitch_yaw(quaternion)))


def roll_pitch_yaw(quaternion: Quaternion) -> tuple[float, float, float]:
    """Return the angles (rad) about the fixed axes x, y and z, in this order, of a rotation."""
    matrix = matrix_from_quaternion(np.array(quaternion))
    pitch = np.arcsin(np.clip(-matrix[2, 0], -1.0, 1.0))
    if abs(matrix[2, 0]) > 1 - 1e-12:  # roll and yaw turn about one axis
        return 0.0, float(pitch), float(np.arctan2(-matrix[0, 1], matrix[1, 1]))
    roll = np.arctan2(matrix[2, 1], matrix[2, 2])
    return float(roll), float(pitch), float(np.arctan2(matrix[1, 0], matrix[0, 0]))


def _colour(material: Material) -> Vector:
    """Return a material's mean colour; URDF has no textures on solids."""
    if material.texture is None:
        return material.rgb
    mean = material.texture.reshape(-1, 3).mean(axis=0) / 255
    red, green, blue = (mean * material.rgb).tolist()
    return red, green, blue


def _number(value: float) -> str:
    return repr(float(value))


def _row(values: Sequence[float] | NDArray[np.float64]) -> str:
    return " ".join(_number(value) for value in values)


def _text(document: ET.Element) -> str:
    ET.indent(document)
    return ET.tostring(document, encoding="unicode") + "\n"
