"""One environment as a MuJoCo model: floor, lights, robot, cabinet, cameras.

All environments of a batch get models of one layout: the same bodies and, body by body, the same
number of solids of each kind, short ones filled up with specks inside the first solid, where nobody
sees them. So they can be stepped by one batch and drawn by one renderer whatever their cabinets
look like.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import mujoco
import numpy as np

from spawnnet_sim.cabinets.cabinet import SHAPE_KINDS, CabinetSpec, Joint, Shape, ShapeKind
from spawnnet_sim.cabinets.textures import patterns
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.mujoco.layout import SPECK, Layout
from spawnnet_sim.mujoco.surfaces import add_materials, add_meshes, add_texture, add_textures
from spawnnet_sim.physics.ball import PARKED, RADIUS
from spawnnet_sim.physics.cameras import CAMERAS, HAND
from spawnnet_sim.physics.robot_spec import Link, RobotSpec
from spawnnet_sim.physics.scene import CABINET_DENSITY, PartDrive, Scene

ROBOT, CABINET = 1, 2  # collision bits: the robot touches the cabinet, neither touches itself
NOTHING = 4  # a bit that no solid answers to; 0 would change the layout of MuJoCo's trees
STIFF = (0.005, 1.0)  # time constant (s) and damping ratio of contacts and limits
MIN_FREQUENCY = 480  # steps per second
HIDDEN = 3  # a group of geoms that no renderer draws
BALL = "ball"
NUM_PATTERNS = 64  # textures, before those of the cabinets, that randomisation puts in their place
PART = "part"  # name of the moving part's body, joint and spring

_GEOMS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "mesh": mujoco.mjtGeom.mjGEOM_MESH,
    "contact_box": mujoco.mjtGeom.mjGEOM_BOX,
}
_JOINTS = {"slide": mujoco.mjtJoint.mjJNT_SLIDE, "hinge": mujoco.mjtJoint.mjJNT_HINGE}


def build_model(scene: Scene, layout: Layout, cabinets: Sequence[CabinetSpec]) -> mujoco.MjModel:
    """Compile the model of one environment.

    Args:
        scene: Robot, cameras, and what is to vary: the model gets what that takes, a ball or
            textures.
        layout: Room for shapes, from `common_layout`.
        cabinets: The environment's cabinet comes first; of the others only textures and meshes are
            added, for a renderer that draws all of them.

    Raises:
        ConfigurationError: If MuJoCo refuses what the cabinets are made of.
    """
    spec = _world(timestep(scene))
    if scene.randomization.ball:
        _add_ball(spec)
    if scene.randomization.textures:
        for number, pattern in enumerate(patterns(NUM_PATTERNS)):
            add_texture(spec, f"pattern{number}", pattern)
    _add_robot(spec, scene.robot)
    _add_cameras(spec, scene)
    for index, cabinet in enumerate(cabinets):
        add_textures(spec, cabinet, index)
        add_meshes(spec, cabinet, layout, index)
    add_materials(spec, cabinets[0], layout.num_materials)
    _add_cabinet(spec, cabinets[0], layout)
    _add_part_spring(spec, scene.part_drive)
    try:
        return spec.compile()
    except (ValueError, mujoco.FatalError) as error:
        reason = " ".join(str(error).split())
        message = f"MuJoCo refuses the cabinet {cabinets[0].name!r}: {reason}"
        raise ConfigurationError("", message) from error


def timestep(scene: Scene) -> float:
    """Return the seconds of a step: those of the scene, or a part of them.

    Contacts cannot be stiffer than two steps allow; at 120 Hz handles slip from the fingers.
    """
    parts = math.ceil(MIN_FREQUENCY / scene.physics_frequency)
    return 1.0 / (parts * scene.physics_frequency)


def _world(timestep: float) -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0  # firm grasps: friction holds, it does not creep
    spec.memory = 2**20  # bytes for contacts; fixed, since all models of a batch must agree
    spec.stat.extent, spec.stat.center = 2.0, np.array([0.0, 0.0, 0.5])
    spec.visual.map.znear, spec.visual.map.zfar = 0.01, 10.0  # times the extent
    spec.visual.quality.shadowsize = 0
    spec.visual.quality.offsamples = 0  # depth of a pixel is that of its centre, not of a sample
    spec.visual.headlight.ambient = np.full(3, 0.35)
    spec.visual.headlight.diffuse = np.full(3, 0.3)
    spec.visual.headlight.specular = np.zeros(3)
    spec.worldbody.add_light(
        pos=[1.0, -1.0, 2.5], dir=[-0.45, 0.45, -0.9], castshadow=False, specular=np.zeros(3),
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, diffuse=np.full(3, 0.5),
    )  # fmt: skip
    spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[3.0, 3.0, 0.1],
        rgba=[0.45, 0.47, 0.5, 1.0], contype=0, conaffinity=0,
    )  # fmt: skip
    return spec


def _add_cameras(spec: mujoco.MjSpec, scene: Scene) -> None:
    for name in scene.views:
        camera = CAMERAS[name]
        link = scene.robot.hand if camera.link == HAND else camera.link
        body = spec.worldbody if link is None else spec.body(link)
        body.add_camera(
            name=name,
            pos=camera.position,
            quat=camera.quaternion(),
            fovy=camera.vertical_fov(scene.image_size),
        )


def _add_ball(spec: mujoco.MjSpec) -> None:
    """Add a ball that nothing touches, below the floor until it is placed."""
    spec.worldbody.add_geom(
        name=BALL, type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[RADIUS, 0.0, 0.0],
        pos=PARKED, rgba=[1.0, 0.0, 0.0, 1.0], contype=0, conaffinity=0,
    )  # fmt: skip


def _add_robot(spec: mujoco.MjSpec, robot: RobotSpec) -> None:
    root = spec.worldbody.add_body(name="root", pos=robot.root_position, quat=robot.root_quaternion)
    bodies = {"root": root}
    for link in robot.links:
        body = bodies[link.parent].add_body(
            name=link.name, pos=link.position, quat=link.quaternion, gravcomp=1.0
        )
        bodies[link.name] = body
        for shape in link.shapes:
            geom = _add_shape(body, shape, ROBOT, CABINET)
            geom.rgba, geom.mass = [*link.rgb, 1.0], link.mass / len(link.shapes)
        if link.joint is not None:
            _add_robot_joint(spec, body, link, _JOINTS[link.joint])


def _add_robot_joint(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, link: Link, kind: mujoco.mjtJoint
) -> None:
    joint = body.add_joint(
        name=link.name,
        type=kind,
        axis=link.axis,
        range=link.limits,
        limited=mujoco.mjtLimited.mjLIMITED_TRUE,
        armature=link.armature,
        solref_limit=STIFF,
    )
    drive = spec.add_actuator(
        name=link.name, trntype=mujoco.mjtTrn.mjTRN_JOINT, target=link.name,
        forcerange=[-link.effort, link.effort], forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
    )  # fmt: skip
    stiffness, damping = link.gains
    if stiffness:
        drive.set_to_position(kp=stiffness, kv=damping)
    else:
        joint.damping = [damping, 0.0, 0.0]
        drive.set_to_motor()


def _add_cabinet(spec: mujoco.MjSpec, cabinet: CabinetSpec, layout: Layout) -> None:
    body = spec.worldbody.add_body(name="cabinet")
    _add_shapes(body, cabinet.body, layout.body)
    part = body.add_body(name=PART, pos=cabinet.joint.origin, gravcomp=1.0)
    _add_part_joint(part, cabinet.joint)
    _add_shapes(part, cabinet.part, layout.part)


def _add_part_joint(part: mujoco.MjsBody, joint: Joint) -> None:
    part.add_joint(
        name=PART,
        type=_JOINTS[joint.kind],
        axis=joint.axis,
        range=(0.0, joint.upper),
        limited=mujoco.mjtLimited.mjLIMITED_TRUE,
    )


def _add_part_spring(spec: mujoco.MjSpec, drive: PartDrive) -> None:
    """Let the moving part resist; its spring is an actuator, as only those have a largest force."""
    joint = spec.joint(PART)
    joint.damping, joint.frictionloss = [drive.damping, 0.0, 0.0], drive.friction
    spring = spec.add_actuator(name=PART, trntype=mujoco.mjtTrn.mjTRN_JOINT, target=PART)
    spring.set_to_position(kp=drive.stiffness)
    if math.isfinite(drive.effort):
        spring.forcerange = [-drive.effort, drive.effort]
        spring.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE


def _add_shapes(body: mujoco.MjsBody, shapes: Sequence[Shape], room: Counter[str]) -> None:
    """Add shapes kind by kind, and specks up to the room there is for each kind."""
    for kind in SHAPE_KINDS:
        of_kind = [shape for shape in shapes if shape.kind == kind]
        for number, shape in enumerate(of_kind):
            geom = _add_shape(body, shape, CABINET, ROBOT)
            geom.material, geom.density = shape.material, CABINET_DENSITY
            _finish(geom, kind, f"{body.name}{number}-0")
        for number in range(len(of_kind), room[kind]):
            speck = _add_shape(body, Shape(kind, SPECK, shapes[0].position), NOTHING, 0)
            speck.material, speck.density = shapes[0].material, 0.0
            _finish(speck, kind, f"{body.name}{number}-0")


def _finish(geom: mujoco.MjsGeom, kind: ShapeKind, mesh: str) -> None:
    """Make meshes untouchable and weightless, and contact boxes invisible."""
    if kind == "mesh":
        geom.meshname, geom.density = mesh, 0.0
        geom.contype = geom.conaffinity = 0
    elif kind == "contact_box":
        geom.group = HIDDEN


def _add_shape(
    body: mujoco.MjsBody, shape: Shape, contype: int, conaffinity: int
) -> mujoco.MjsGeom:
    return body.add_geom(
        type=_GEOMS[shape.kind],
        size=shape.size,
        pos=shape.position,
        quat=shape.quaternion,
        contype=contype,
        conaffinity=conaffinity,
        friction=[1.0, 0.02, 0.0001],
        solref=STIFF,
    )
