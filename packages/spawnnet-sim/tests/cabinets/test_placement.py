from dataclasses import replace

import numpy as np
import pytest

from spawnnet_sim import CabinetSpec, generate_cabinets
from spawnnet_sim.cabinets.cabinet import Origin, Shape
from spawnnet_sim.cabinets.placement import as_described, as_original, extent, moved
from spawnnet_sim.rotations import matrix_from_quaternion


def test_the_extent_holds_the_cloud_and_no_more() -> None:
    for name in ("drawer-train-v1", "door-held-out-v1"):
        for cabinet in generate_cabinets(name, 3):
            lower, upper = extent(cabinet)
            points = cabinet.cloud[:, :3] + cabinet.cloud[:, 3:] * cabinet.joint.origin
            assert (points >= lower - 1e-6).all()
            assert (points <= upper + 1e-6).all()
            np.testing.assert_allclose(points.min(axis=0), lower, atol=0.01)
            np.testing.assert_allclose(points.max(axis=0), upper, atol=0.01)


def test_turned_shapes_count_as_they_are_turned(wall: CabinetSpec) -> None:
    turn = (0.5**0.5, 0.0, 0.5**0.5, 0.0)  # z to x
    rod = Shape("capsule", (0.1, 4.0, 0.0), (0.0, 0.0, 0.0), turn)
    lower, upper = extent(replace(wall, body=(rod,)))
    np.testing.assert_allclose(upper - lower, (8.2, 0.2, 0.22), atol=1e-9)  # and the drawer on top


def test_a_moved_cabinet_is_the_same_elsewhere() -> None:
    (cabinet,) = generate_cabinets("door-train-v1", 1)
    shift = np.array([0.1, -0.2, 0.3])
    other = moved(cabinet, shift)
    np.testing.assert_allclose(extent(other), np.add(extent(cabinet), shift))
    np.testing.assert_allclose(other.handle_position, cabinet.handle_position + shift)
    assert other.part == cabinet.part
    np.testing.assert_allclose(other.cloud, cabinet.cloud, atol=1e-6)
    assert as_described(cabinet) is cabinet


def test_an_asset_stands_where_the_original_release_puts_it() -> None:
    (cabinet,) = generate_cabinets("drawer-train-v1", 1)
    origin = Origin((0.1, 0.2, 0.9), original_position=(-0.4, 0.0, 1.0))
    placed = as_original(replace(cabinet, origin=origin))
    assert placed.origin.root_position == pytest.approx((-0.4, 0.0, 1.0))
    np.testing.assert_allclose(
        placed.handle_position - cabinet.handle_position, (-0.5, -0.2, 0.1), atol=1e-12
    )


def test_a_generated_cabinet_stands_as_an_asset_of_its_size_would() -> None:
    for cabinet in generate_cabinets("drawer-held-out-v1", 4):
        lower, upper = extent(as_original(cabinet))
        depth, _, height = upper - lower
        # The unscaled object reaches from x = 0 backwards, and up from 0.3 m above the floor.
        whole = np.array([depth, height]) / 0.7
        assert upper[0] == pytest.approx(-whole[0] / 2 + depth / 2)
        assert lower[2] == pytest.approx(0.3 + whole[1] / 2 - height / 2)
        assert lower[1] == pytest.approx(-upper[1])
        assert 0.4 < lower[2] < 0.6


def test_a_partnet_asset_knows_its_own_axes_and_its_place(drawer: CabinetSpec) -> None:
    """Its box reaches from -0.5 in y to 0.47 in z before scaling; y is up, z out of the front."""
    assert drawer.origin.original_position == pytest.approx((-0.47, 0.0, 0.8))
    placed = as_original(drawer)
    assert placed.origin.root_position == pytest.approx((-0.47, 0.0, 0.8))
    lower, upper = extent(placed)
    assert lower[2] == pytest.approx(0.8 - 0.7 * 0.5, abs=0.01)
    assert upper[0] == pytest.approx(-0.47 + 0.7 * 0.47, abs=0.01)
    link = matrix_from_quaternion(np.array(drawer.origin.link_quaternion))
    np.testing.assert_allclose(link @ (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), atol=1e-9)  # up
    np.testing.assert_allclose(link @ (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), atol=1e-9)  # outwards
    root = matrix_from_quaternion(np.array(drawer.origin.root_quaternion))
    np.testing.assert_allclose(root, np.diag([-1.0, -1.0, 1.0]), atol=1e-9)
    assert str(drawer.cloud_file).endswith("40147_link_1/point_clouds/pointcloud_tensor")
