from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spawnnet_sim import ConfigurationError, generate_cabinets
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Origin
from spawnnet_sim.cabinets.placement import as_original
from spawnnet_sim.experts.original.clouds import (
    FINGER_FILES,
    FINGER_FOLDER,
    CabinetClouds,
    finger_points,
    placed_points,
    spread,
    transformed,
)
from spawnnet_sim.experts.original.contact_network import ContactNetwork
from spawnnet_sim.experts.original.weights import load_contact_network
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import matrix_from_quaternion

UPRIGHT = (0.5, 0.5, 0.5, 0.5)  # x to y, y to z, z to x


@pytest.fixture(scope="module")
def network(drawer_expert: Path) -> ContactNetwork:
    return load_contact_network(drawer_expert)


@pytest.fixture(scope="module")
def door() -> CabinetSpec:
    """A door whose own axes are y up, as in the assets of the original."""
    (door,) = generate_cabinets("door-train-v1", 1)
    origin = Origin((0.1, -0.2, 0.9), (0.0, 0.0, 0.0, 1.0), UPRIGHT)
    return as_original(replace(door, origin=origin))


def test_points_move_with_their_poses() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(3, 7, 3)).astype(np.float32)
    poses = rng.normal(size=(3, 7))
    poses[:, 3:] /= np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    expected = [
        [matrix_from_quaternion(pose[3:]) @ point + pose[:3] for point in cloud]
        for cloud, pose in zip(points, poses, strict=True)
    ]
    np.testing.assert_allclose(transformed(points, poses), expected, atol=1e-6)


def test_contact_is_that_of_the_closed_cabinet_where_it_stands(
    network: ContactNetwork, door: CabinetSpec
) -> None:
    (points,) = CabinetClouds(network).points((door,))
    assert points.shape == (2048, 5)
    np.testing.assert_array_equal(points[:, :4], spread(door.cloud, 2048))
    moves = points[:, 3] == 1
    link = matrix_from_quaternion(np.array(UPRIGHT))
    placed = np.where(
        moves[:, None],
        points[:, :3] @ link.T + door.joint.origin,
        points[:, :3] * (-1, -1, 1) + door.origin.root_position,  # half a turn about z
    )
    cloud = np.column_stack([placed, moves]).astype(np.float32)
    np.testing.assert_allclose(points[:, 4], network(torch.from_numpy(cloud)[None])[0], atol=1e-5)
    assert (points[moves, 4] > 0).all()
    assert not points[~moves, 4].any()


def test_contact_is_computed_once_for_each_cabinet(network: ContactNetwork) -> None:
    first, second, third = generate_cabinets("drawer-train-v1", 3)
    again, _, _ = generate_cabinets("drawer-train-v1", 3)  # as when environments change theirs
    clouds, calls = CabinetClouds(network), []
    handle = network.register_forward_hook(lambda *_: calls.append(1))
    before = clouds.points((first, second, first))
    after = clouds.points((third, again))
    handle.remove()
    assert len(calls) == 3
    np.testing.assert_array_equal(before[0], before[2])
    np.testing.assert_array_equal(before[0], after[1])
    assert before.shape == (3, 2048, 5)


def test_the_spread_points_are_of_the_cloud_and_begin_with_its_first(door: CabinetSpec) -> None:
    kept = spread(door.cloud, 50)
    rows = {row.tobytes() for row in door.cloud}
    assert all(row.tobytes() in rows for row in kept)
    np.testing.assert_array_equal(kept[0], door.cloud[0])


def test_the_cloud_of_an_opened_part_is_where_the_part_is(door: CabinetSpec) -> None:
    cloud = np.float32([[0.1, 0.2, 0.3, 1.0], [0.1, 0.2, 0.3, 0.0]])
    root, link = np.array([0.0, 0.0, 1.0, *UPRIGHT]), np.array([5.0, 6.0, 7.0, 1.0, 0.0, 0.0, 0.0])
    expected = [[5.1, 6.2, 7.3], [0.3, 0.1, 1.2]]
    np.testing.assert_allclose(placed_points(cloud, root, link), expected, atol=1e-6)


def test_fingers_of_the_robot_are_sampled_without_files(tmp_path: Path) -> None:
    points = finger_points(PANDA, tmp_path)
    assert points.shape == (2, 32, 3)
    for cloud, index in zip(points, PANDA.finger_indices, strict=True):
        (pad,) = PANDA.links[index].shapes
        share = np.abs((cloud - pad.position) / pad.size)
        np.testing.assert_allclose(share.max(axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(points, finger_points(PANDA, None))


def test_clouds_of_fingers_above_the_cabinets_are_taken(tmp_path: Path) -> None:
    folder, cabinets = tmp_path / FINGER_FOLDER, tmp_path / "dataset" / "cabinets"
    folder.mkdir(parents=True)
    cabinets.mkdir(parents=True)
    clouds = np.random.default_rng(1).uniform(0.04, 0.08, (2, 128, 3)).astype(np.float32)
    for name, cloud in zip(FINGER_FILES, clouds, strict=True):
        torch.save(torch.from_numpy(cloud), folder / name)
    points = finger_points(PANDA, cabinets)
    np.testing.assert_array_equal(points, [spread(cloud, 32) for cloud in clouds])
    torch.save(torch.zeros(128, 4), folder / FINGER_FILES[1])
    with pytest.raises(ConfigurationError, match=r"^cabinets.folder: .*right.*, got \(128, 4\)"):
        finger_points(PANDA, cabinets)
    (folder / FINGER_FILES[0]).unlink()
    with pytest.raises(ConfigurationError, match=r"left_finger_long` is no cloud of a finger"):
        finger_points(PANDA, cabinets)
