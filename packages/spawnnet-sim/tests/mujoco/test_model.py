import itertools
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from spawnnet_sim import generate_cabinets
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.mujoco.layout import SPECK, Layout, common_layout
from spawnnet_sim.mujoco.model import build_model
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA

CABINETS = (*generate_cabinets("drawer-train-v1", 5), *generate_cabinets("drawer-held-out-v1", 4))


def build(cabinet: CabinetSpec, layout: Layout | None = None) -> mujoco.MjModel:
    """Compile a model without cameras."""
    return build_model(Scene(PANDA, [cabinet]), layout or common_layout([cabinet]), [cabinet])


def test_the_common_layout_has_just_enough_room_of_each_kind() -> None:
    layout = common_layout(CABINETS)
    for kind in ("box", "capsule", "cylinder", "sphere"):
        counts = [sum(shape.kind == kind for shape in c.part) for c in CABINETS]
        assert layout.part[kind] == max(counts)


def test_environments_of_one_layout_have_models_of_one_size_and_order() -> None:
    layout = common_layout(CABINETS)
    scene = Scene(PANDA, CABINETS, ("left", "middle"), (24, 40))
    models = [build_model(scene, layout, [c]) for c in CABINETS]
    for model in models[1:]:
        for name in ("ngeom", "nbody", "nq", "nu", "nmat", "ntex", "ncam", "nbvh"):
            assert getattr(model, name) == getattr(models[0], name), name
        np.testing.assert_array_equal(model.geom_type, models[0].geom_type)
        np.testing.assert_array_equal(model.geom_bodyid, models[0].geom_bodyid)


def test_the_specks_that_fill_up_a_environment_neither_weigh_nor_touch() -> None:
    layout = common_layout(CABINETS)
    layout.part["sphere"] += 3
    alone = build(CABINETS[0])
    filled = build(CABINETS[0], layout)
    assert filled.ngeom > alone.ngeom
    assert filled.body("part").mass == pytest.approx(alone.body("part").mass, rel=1e-6)
    specks = np.flatnonzero(filled.geom_size[:, 0] == SPECK[0])
    assert len(specks) == filled.ngeom - alone.ngeom
    assert not filled.geom_conaffinity[specks].any()


def test_the_joint_moves_along_the_axis_of_the_description(wall: CabinetSpec) -> None:
    model = build(wall)
    data = mujoco.MjData(model)
    data.joint("part").qpos = 0.15
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.body("part").xpos, (0.15, 0.0, 0.1))
    assert model.joint("part").range.tolist() == [0.0, 0.2]


def test_robot_and_cabinet_touch_each_other_but_not_themselves() -> None:
    model = build(CABINETS[0])
    cabinet = np.isin(model.geom_bodyid, [model.body(name).id for name in ("cabinet", "part")])
    robot = ~cabinet & (model.geom_bodyid > 0)

    def touch(a: int, b: int) -> bool:
        types, answers = model.geom_contype, model.geom_conaffinity
        return bool(types[a] & answers[b] or types[b] & answers[a])

    for a, b in itertools.combinations(np.flatnonzero(cabinet | robot), 2):
        assert touch(a, b) == (cabinet[a] != cabinet[b])


def test_a_material_without_a_texture_is_plain(wall: CabinetSpec) -> None:
    bare = replace(wall.materials["body"], texture=None)
    plain = replace(wall, materials={**wall.materials, "body": bare})
    model = build(plain)
    assert model.ntex == 1
    assert (model.mat("body").texid == -1).all()


@pytest.mark.parametrize("number", [0, 1])  # hinged on one side and on the other
def test_the_free_edge_of_an_open_door_is_where_trigonometry_says(number: int) -> None:
    cabinet = generate_cabinets("door-train-v1", 2)[number]
    model = build(cabinet)
    data = mujoco.MjData(model)
    angle = 0.7
    data.qpos[-1] = angle
    mujoco.mj_kinematics(model, data)
    lower, upper = np.array(cabinet.box)
    ends = lower[1], upper[1]
    free = max(ends, key=abs)  # sideways from the hinge
    _, y, z = cabinet.joint.origin
    edge = data.body("part").xpos + data.body("part").xmat.reshape(3, 3) @ (0.0, free, upper[2])
    expected = (abs(free) * np.sin(angle), y + free * np.cos(angle), z + upper[2])
    np.testing.assert_allclose(edge, expected, atol=1e-9)
