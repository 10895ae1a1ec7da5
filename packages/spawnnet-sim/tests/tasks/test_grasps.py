from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spawnnet_sim import CabinetEnv, CabinetSpec, PhysicsState, generate_cabinets
from spawnnet_sim.cabinets.cabinet import Origin
from spawnnet_sim.cabinets.placement import extent
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import matrix_from_quaternion
from spawnnet_sim.tasks.grasps import Grasps
from spawnnet_sim.tasks.recent import Recent


def turned(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def grasps(
    cabinets: Sequence[CabinetSpec], positions: np.ndarray, rotations: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the fields of the state for poses of the moving parts, `(N, 3)` and `(N, 3, 3)`."""
    N = len(cabinets)
    nothing = {name: np.zeros((N, *shape)) for name, shape in state_shapes(PANDA).items()}
    nothing["link_rotations"] = np.tile(np.eye(3), (N, len(PANDA.links), 1, 1))
    nothing |= {"part_link_position": positions, "part_link_rotation": rotations}
    return vars(Grasps(PANDA, cabinets).state(PhysicsState(**nothing), Recent(PANDA, N, 11)))


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


def test_the_cloud_and_the_poses_of_a_door_put_its_handle_where_the_state_does() -> None:
    """A door whose own axes are y up, as in the assets of the original."""
    (door,) = generate_cabinets("door-train-v1", 1)
    upright = (0.5, 0.5, 0.5, 0.5)  # x to y, y to z, z to x
    door = replace(door, origin=Origin((0.1, -0.2, 0.9), (0.0, 0.0, 0.0, 1.0), upright))
    rotation = turned(0.7 * door.joint.axis[2])
    fields = grasps([door, door], np.tile(door.joint.origin, (2, 1)), np.stack([rotation] * 2))
    pose, root = fields["part_pose"][1], fields["cabinet_pose"][1]
    points, moves = door.cloud[:, :3].astype(float), door.cloud[:, 3] == 1
    there = points[moves] @ matrix_from_quaternion(pose[3:]).T + pose[:3]
    distance = np.linalg.norm(there - fields["handle_position"][1], axis=1)
    assert distance.min() < door.handle.width
    body = points[~moves] @ matrix_from_quaternion(root[3:]).T + root[:3]
    lower, upper = extent(replace(door, part=door.part[:1]))
    assert (body >= lower - 1e-6).all()
    assert (body <= upper + 1e-6).all()
    np.testing.assert_allclose(np.ptp(body[:, 1:], axis=0), (upper - lower)[1:], atol=0.02)


def test_the_poses_of_hand_and_fingers_are_those_of_the_links(blind: CabinetEnv) -> None:
    blind.reset(seed=4)
    state = blind.privileged_state()
    links = [PANDA.hand_index, *PANDA.finger_indices]
    poses = np.concatenate([state.hand_pose[:, None], state.finger_poses], axis=1)  # (N, 3, 7)
    np.testing.assert_array_equal(poses[..., :3], state.link_positions[:, links])
    rotations = matrix_from_quaternion(poses[..., 3:])
    np.testing.assert_allclose(rotations, state.link_rotations[:, links], atol=1e-12)
    np.testing.assert_array_equal(state.root_position, np.tile(PANDA.root_position, (4, 1)))
