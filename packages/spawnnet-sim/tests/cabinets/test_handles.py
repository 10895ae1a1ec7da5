import numpy as np
import pytest

from spawnnet_sim.cabinets.handles import (
    HELD_OUT_DOOR_HANDLES,
    HELD_OUT_HANDLES,
    TRAIN_DOOR_HANDLES,
    TRAIN_HANDLES,
    arch,
    mount,
    upright_arch,
)
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import matrix_from_quaternion

BUILDERS = sorted(
    {*TRAIN_HANDLES, *HELD_OUT_HANDLES, *TRAIN_DOOR_HANDLES, *HELD_OUT_DOOR_HANDLES},
    key=lambda build: build.__name__,
)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_a_handle_fits_between_the_fingers_and_stands_off_the_front(build) -> None:  # type: ignore[no-untyped-def]
    shapes, handle = build(np.random.default_rng(0))
    assert handle.kind == build.__name__
    assert 0.005 < handle.width < PANDA.open_gap - 0.02
    assert handle.position[0] > 0.03
    assert np.linalg.norm(handle.grip_axis) == pytest.approx(1.0)
    assert all(shape.material == "handle" for shape in shapes)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_the_grasp_point_lies_inside_a_solid_of_the_stated_width(build) -> None:  # type: ignore[no-untyped-def]
    shapes, handle = build(np.random.default_rng(1))
    around = []
    for shape in shapes:
        if abs(shape.position[0] - handle.position[0]) < 0.02 and not any(shape.position[1:]):
            turn = matrix_from_quaternion(np.array(shape.quaternion))
            own_axis = np.argmax(np.abs(turn.T @ handle.grip_axis))
            around.append(shape.size[own_axis] if shape.kind == "box" else shape.size[0])
    assert 2 * max(around) == pytest.approx(handle.width)


def test_an_upright_handle_is_the_level_one_turned_by_a_quarter_turn() -> None:
    level, upright = (build(np.random.default_rng(3)) for build in (arch, upright_arch))
    quarter = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    for one, other in zip(level.shapes, upright.shapes, strict=True):
        np.testing.assert_allclose(quarter @ one.position, other.position, atol=1e-12)
        np.testing.assert_allclose(
            quarter @ matrix_from_quaternion(np.array(one.quaternion)),
            matrix_from_quaternion(np.array(other.quaternion)),
            atol=1e-12,
        )
    np.testing.assert_allclose(np.abs(upright.handle.grip_axis), (0, 1, 0))


def test_mounting_moves_shapes_and_grasp_together() -> None:
    design = TRAIN_HANDLES[0](np.random.default_rng(2))
    moved = mount(design, (0.1, -0.2, 0.3))
    assert moved.handle.position == pytest.approx(np.add(design.handle.position, (0.1, -0.2, 0.3)))
    for before, after in zip(design.shapes, moved.shapes, strict=True):
        assert after.position == pytest.approx(np.add(before.position, (0.1, -0.2, 0.3)))
