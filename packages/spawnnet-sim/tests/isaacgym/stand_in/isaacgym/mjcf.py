"""An environment as a MuJoCo model."""

import math
from typing import Any, Dict, List
from xml.etree import ElementTree as ET

import mujoco
import numpy as np

_STEP = 1 / 480  # s; contacts would be too soft with longer ones
_KINDS = {"prismatic": "slide", "revolute": "hinge", "continuous": "hinge"}


def compile_model(env: Any, params: Any) -> mujoco.MjModel:
    """Return the model of an environment; names are `<actor>/<name>`."""
    root = ET.Element("mujoco")
    ET.SubElement(
        root, "compiler", angle="radian", balanceinertia="true", boundmass="0.001",
        boundinertia="0.000001",
    )  # fmt: skip
    substep = params.dt / params.substeps
    parts = params.substeps * math.ceil(substep / _STEP)
    ET.SubElement(
        root, "option", timestep=repr(params.dt / parts), gravity="0 0 0",
        integrator="implicitfast", cone="elliptic", impratio="10",
    )  # fmt: skip
    world = ET.SubElement(root, "worldbody")
    actuators = ET.SubElement(root, "actuator")
    for actor in env.actors:
        body = _add_link(world, actor, actor.asset.root, actor.pose)
        if actor.asset.options.fix_base_link and not actor.asset.joints():
            body.set("mocap", "true")  # so that it can be put elsewhere
        _add_drives(actuators, actor)
    model = mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))
    env.num_parts = parts
    return model


def _add_link(parent: Any, actor: Any, link: Any, pose: np.ndarray) -> Any:
    name = f"{actor.name}/{link.name}"
    body = ET.SubElement(parent, "body", name=name, **_place(pose))
    if link.joint is not None:
        _add_joint(body, actor, link.joint)
    if link.inertial is not None and not actor.asset.options.override_inertia:
        _add_inertial(body, link.inertial)
    for solid in link.touched:
        _add_geom(body, solid, actor)
    for child in sorted(link.children, key=lambda each: each.name):
        _add_link(body, actor, child, child.pose)
    return body


def _add_joint(body: Any, actor: Any, joint: Any) -> None:
    row = actor.properties[actor.joint_names.index(joint.get("name"))]
    axis = joint.find("axis")
    is_driven = row["driveMode"] == 1
    ET.SubElement(
        body,
        "joint",
        name="{}/{}".format(actor.name, joint.get("name")),
        type=_KINDS[joint.get("type")],
        axis="1 0 0" if axis is None else axis.get("xyz"),
        range="{} {}".format(row["lower"], row["upper"]),
        limited="true",
        solreflimit="0.005 1",
        damping="0" if is_driven else repr(float(row["damping"])),
        frictionloss=repr(float(row["friction"])),
        armature=repr(max(float(actor.asset.options.armature), 0.01)),
    )


def _add_drives(actuators: Any, actor: Any) -> None:
    for name, row in zip(actor.joint_names, actor.properties):
        common = {
            "joint": f"{actor.name}/{name}",
            "forcelimited": "true",
            "forcerange": "{} {}".format(-row["effort"], row["effort"]),
        }
        if row["driveMode"] == 1:
            gains = {"kp": repr(float(row["stiffness"])), "kv": repr(float(row["damping"]))}
            ET.SubElement(actuators, "position", **common, **gains)
        else:
            ET.SubElement(actuators, "motor", **common)


def _add_inertial(body: Any, inertial: Any) -> None:
    matrix = inertial.find("inertia").attrib
    entries = " ".join(matrix[name] for name in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz"))
    ET.SubElement(
        body,
        "inertial",
        pos=inertial.find("origin").get("xyz"),
        mass=inertial.find("mass").get("value"),
        fullinertia=entries,
    )


def _add_geom(body: Any, solid: Any, actor: Any) -> None:
    ET.SubElement(
        body,
        "geom",
        type=solid.kind,
        size=_row(solid.size),
        density=repr(float(actor.asset.options.density)),
        **_collisions(actor),
        **_place(solid.pose),
    )


def _collisions(actor: Any) -> Dict[str, str]:
    """Return MuJoCo's bits: those of one group touch unless their filters have a common bit."""
    if actor.group != actor.env.index:
        return {"contype": "0", "conaffinity": "0"}
    others = [other.filter for other in actor.env.actors if other.group == actor.group]
    bits = [1 << number for number, other in enumerate(others) if not other & actor.filter]
    own = 1 << [id(each) for each in actor.env.actors].index(id(actor))
    return {"contype": str(own), "conaffinity": str(sum(bits))}


def _place(pose: np.ndarray) -> Dict[str, str]:
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(pose[:3, :3]).ravel())
    return {"pos": _row(pose[:3, 3]), "quat": _row(quaternion)}


def _row(values: Any) -> str:
    return " ".join(repr(float(value)) for value in values)


def solids(env: Any, data: Any, model: Any) -> List[Any]:
    """Return what is seen now: kind, size, pose `(4, 4)` and colour of every solid."""
    found = []
    for actor in env.actors:
        for link in actor.asset.links():
            body = model.body(f"{actor.name}/{link.name}").id
            pose = np.eye(4)
            pose[:3, :3] = data.xmat[body].reshape(3, 3)
            pose[:3, 3] = data.xpos[body]
            for solid in link.seen:
                colour = actor.colours.get(link.name, solid.rgba[:3])
                found.append((solid.kind, solid.size, pose @ solid.pose, colour))
    return found
