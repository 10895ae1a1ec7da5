"""Files that are written are read by MuJoCo's own reader of URDF, and weighed there."""

import math
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from spawnnet_sim import generate_cabinets
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Quaternion, Shape
from spawnnet_sim.isaacgym.assets import cabinet_asset
from spawnnet_sim.isaacgym.inertia import of_density, of_mass
from spawnnet_sim.isaacgym.urdf import cabinet_urdf, robot_urdf, roll_pitch_yaw
from spawnnet_sim.physics.scene import CABINET_DENSITY
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import matrix_from_quaternion

TURNED: Quaternion = (0.8, 0.36, -0.48, 0.0)
SHAPES = (
    Shape("box", (0.1, 0.2, 0.3), (0.3, -0.1, 0.2), TURNED),
    Shape("capsule", (0.05, 0.2, 0.0), (-0.2, 0.1, 0.0), TURNED),
    Shape("cylinder", (0.1, 0.15, 0.0), (0.0, 0.3, -0.1), TURNED),
    Shape("sphere", (0.12, 0.0, 0.0), (0.1, 0.1, 0.4)),
)
GEOMS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
}


@pytest.mark.parametrize("shapes", [*((shape,) for shape in SHAPES), SHAPES])
def test_inertias_are_mujoco_s(shapes: tuple[Shape, ...]) -> None:
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="body")
    for shape in shapes:
        body.add_geom(
            type=GEOMS[shape.kind],
            size=shape.size,
            pos=shape.position,
            quat=shape.quaternion,
            density=300.0,
        )
    model = spec.compile()
    inertia = of_density(shapes, 300.0)
    axes = matrix_from_quaternion(model.body_iquat[1])
    np.testing.assert_allclose(inertia.mass, model.body_mass[1])
    np.testing.assert_allclose(inertia.centre, model.body_ipos[1], atol=1e-9)
    expected = axes @ np.diag(model.body_inertia[1]) @ axes.T
    np.testing.assert_allclose(inertia.matrix, expected, atol=1e-9 * inertia.mass)


def test_shares_of_a_mass_and_points_have_inertia_too() -> None:
    assert of_mass(SHAPES, 4.0).mass == pytest.approx(4.0)
    point = of_mass((), 2.0)
    assert point.mass == 2.0
    assert (np.linalg.eigvalsh(point.matrix) > 0).all()


@pytest.mark.parametrize(
    "quaternion",
    [TURNED, (1.0, 0.0, 0.0, 0.0), (0.5**0.5, 0.0, 0.5**0.5, 0.0), (0.5, 0.5, 0.5, 0.5),
     (0.5**0.5, 0.0, -(0.5**0.5), 0.0), (0.0, 0.6, 0.0, 0.8)],
)  # fmt: skip
def test_angles_are_those_of_the_rotation(quaternion: Quaternion) -> None:
    turned = np.eye(3)
    for axis, angle in enumerate(roll_pitch_yaw(quaternion)):  # about fixed axes, one by one
        half = np.zeros(4)
        half[0], half[1 + axis] = math.cos(angle / 2), math.sin(angle / 2)
        turned = matrix_from_quaternion(half) @ turned
    np.testing.assert_allclose(turned, matrix_from_quaternion(np.array(quaternion)), atol=1e-7)


def test_the_robot_s_file_has_its_links_and_joints() -> None:
    model = mujoco.MjModel.from_xml_string(_for_mujoco(robot_urdf(PANDA)))
    data = mujoco.MjData(model)
    names = [f"{joint.name}_joint" for joint in PANDA.joints]
    places = [model.joint(name).qposadr[0] for name in names]
    data.qpos[places] = PANDA.home
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(model.jnt_range[[model.joint(n).id for n in names], 1], PANDA.upper)
    assert model.body("link3").mass[0] == pytest.approx(2.5)
    # The hand hangs in front of the base, above the floor, and looks along +x of the root.
    hand = data.body("hand")
    assert hand.xpos[0] > 0.2
    np.testing.assert_allclose(hand.xmat.reshape(3, 3)[:, 2], [1.0, 0.0, 0.0], atol=0.2)


def test_a_cabinet_s_file_opens_as_described() -> None:
    for cabinet in generate_cabinets("door-train-v1", 2):
        model = mujoco.MjModel.from_xml_string(_for_mujoco(cabinet_urdf(cabinet)))
        data = mujoco.MjData(model)
        data.qpos[:] = 0.3
        mujoco.mj_forward(model, data)
        joint = model.joint("part_joint")
        np.testing.assert_allclose(joint.range, [0.0, cabinet.joint.upper])
        np.testing.assert_allclose(data.joint("part_joint").xanchor, cabinet.joint.origin)
        np.testing.assert_allclose(data.joint("part_joint").xaxis, cabinet.joint.axis, atol=1e-9)
        expected = of_density(cabinet.part, CABINET_DENSITY).mass
        assert model.body("part").mass[0] == pytest.approx(expected)


def test_contact_boxes_are_touched_and_not_seen(wall: CabinetSpec) -> None:
    hidden = replace(wall.body[0], kind="contact_box")
    text = cabinet_urdf(replace(wall, body=(hidden,)))
    assert (text.count("<visual>"), text.count("<collision>")) == (1, 2)


def test_files_are_written_once_under_the_name_of_their_content(
    wall: CabinetSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, again = cabinet_asset(wall), cabinet_asset(wall)
    assert first.file == again.file
    assert first.file.parent == tmp_path / "spawnnet-sim" / "urdf"
    other = cabinet_asset(replace(wall, joint=replace(wall.joint, upper=0.5)))
    assert other.file != first.file
    assert len(list(first.file.parent.iterdir())) == 2


def test_partnet_cabinets_are_their_own_files(drawer: CabinetSpec) -> None:
    asset = cabinet_asset(drawer)
    assert asset.file == drawer.urdf
    assert asset.has_meshes
    assert asset.position == drawer.origin.root_position


@pytest.mark.parametrize(("lower", "upper", "sign"), [(-1.6, "-0.0", -1.0), (-0.0, "1.6", 1.0)])
def test_a_joint_may_open_backwards(
    wall: CabinetSpec, tmp_path: Path, lower: float, upper: str, sign: float
) -> None:
    file = tmp_path / "mobility.urdf"
    file.write_text(
        '<robot name="r"><link name="base"/><link name="lid"/><joint name="hinge" type="revolute">'
        f'<parent link="base"/><child link="lid"/><limit lower="{lower}" upper="{upper}"/></joint>'
        '<joint name="fixed" type="fixed"><parent link="base"/><child link="foot"/></joint></robot>'
    )
    asset = cabinet_asset(replace(wall, urdf=file))
    assert (asset.link, asset.joint, asset.sign) == ("lid", "hinge", sign)


def _for_mujoco(text: str) -> str:
    """Let MuJoCo keep fixed links and what is seen."""
    options = '<mujoco><compiler fusestatic="false" balanceinertia="true"/></mujoco>'
    head, found, rest = text.partition(">")
    return f"{head}{found}{options}{rest}"
