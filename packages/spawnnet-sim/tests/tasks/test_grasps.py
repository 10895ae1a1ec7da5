from collections.abc import Sequence

import numpy as np

from spawnnet_sim import CabinetSpec, PhysicsState, generate_cabinets
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.grasps import Grasps


def turned(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def grasps(
    cabinets: Sequence[CabinetSpec], positions: np.ndarray, rotations: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the fields of the state for poses of the moving parts, `(N, 3)` and `(N, 3, 3)`."""
    N = len(cabinets)
    nothing = {name: np.zeros((N, *shape)) for name, shape in state_shapes(PANDA).items()}
    nothing |= {"part_link_position": positions, "part_link_rotation": rotations}
    return vars(Grasps(cabinets).state(PhysicsState(**nothing)))


def test_the_handle_of_a_door_moves_along_the_pull_axis_by_the_lever() -> None:
    cabinets = generate_cabinets("door-train-v1", 4)
    origins = np.array([cabinet.joint.origin for cabinet in cabinets])
    turns = np.array([cabinet.joint.axis[2] for cabinet in cabinets])
    step, opening = 1e-6, 0.4
    now, then = (
        grasps(cabinets, origins, np.stack([turned(angle * turn) for turn in turns]))
        for angle in (opening, opening + step)
    )
    moved = (then["handle_position"] - now["handle_position"]) / step
    np.testing.assert_allclose(moved, now["pull_axis"] * now["lever"][:, None], atol=1e-5)
    assert now["is_hinge"].all()
    outwards = np.stack([turned(opening * turn)[:, 0] for turn in turns])
    np.testing.assert_allclose(now["front_axis"], outwards)


def test_the_handle_of_a_drawer_moves_along_its_joint() -> None:
    cabinets = generate_cabinets("drawer-train-v1", 3)
    fields = grasps(cabinets, np.zeros((3, 3)), np.tile(np.eye(3), (3, 1, 1)))
    np.testing.assert_array_equal(fields["pull_axis"], np.tile([1.0, 0.0, 0.0], (3, 1)))
    np.testing.assert_array_equal(fields["lever"], np.ones(3))
    assert not fields["is_hinge"].any()
