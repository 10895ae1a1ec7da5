from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spawnnet_sim import ConfigurationError, generate_cabinets
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Mesh, Shape, ShapeKind
from spawnnet_sim.cabinets.cloud import read_cloud, sample_cloud

QUARTER = (0.5**0.5, 0.5**0.5, 0.0, 0.0)  # about x: z to -y
AWAY = (1.0, 2.0, 3.0)


def local(shape: Shape) -> np.ndarray:
    """Return points of a shape in its own frame, `(8192, 3)`."""
    points = sample_cloud([shape], [], seed=0)[:, :3].astype(float) - AWAY
    return np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1)


def shape(kind: ShapeKind, *size: float) -> Shape:
    return Shape(kind, (size[0], size[1], size[2]), AWAY, QUARTER)


def test_points_lie_on_a_box_as_its_faces_are_large() -> None:
    half = np.array([0.1, 0.3, 0.2])
    share = np.abs(local(shape("box", *half))) / half
    on_face = np.isclose(share, 1.0, atol=1e-5)
    assert on_face.any(axis=1).all()
    assert share.max() <= 1 + 1e-5
    areas = half.prod() / half
    np.testing.assert_allclose(on_face.mean(axis=0), areas / areas.sum(), atol=0.03)


def test_points_lie_on_round_solids_evenly() -> None:
    sphere = local(shape("sphere", 0.2, 0.0, 0.0))
    np.testing.assert_allclose(np.linalg.norm(sphere, axis=1), 0.2, atol=1e-5)
    np.testing.assert_allclose(np.mean(sphere**2, axis=0), 0.2**2 / 3, rtol=0.05)
    x, y, z = local(shape("cylinder", 0.2, 0.4, 0.0)).T
    is_end = np.isclose(np.abs(z), 0.4, atol=1e-5) & (np.hypot(x, y) < 0.2 - 1e-4)
    np.testing.assert_allclose(np.hypot(x, y)[~is_end], 0.2, atol=1e-5)
    assert is_end.mean() == pytest.approx(0.2 / (0.2 + 0.8), abs=0.03)
    assert np.mean(np.hypot(x, y)[is_end] ** 2) == pytest.approx(0.02, rel=0.1)  # of a disc
    x, y, z = local(shape("capsule", 0.2, 0.4, 0.0)).T
    beyond = np.maximum(np.abs(z) - 0.4, 0.0)
    np.testing.assert_allclose(np.sqrt(x**2 + y**2 + beyond**2), 0.2, atol=1e-5)
    assert (beyond > 0).mean() == pytest.approx(0.4 / (0.4 + 0.8), abs=0.03)


def test_points_lie_on_the_triangles_of_a_mesh() -> None:
    corners = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3.0, 1.0, 0.0]])
    faces = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    mesh = Mesh(corners, np.tile([0.0, 0.0, 1.0], (4, 1)), None, faces)
    x, y, z = local(replace(shape("mesh", 0.0, 0.0, 0.0), mesh=mesh)).T
    np.testing.assert_allclose(z, 0.0, atol=1e-5)
    assert x.mean() == pytest.approx(1.5, abs=0.05)
    assert y.mean() == pytest.approx(0.5, abs=0.02)
    assert x.std() == pytest.approx(3 / 12**0.5, abs=0.03)


def test_a_cabinet_has_the_same_cloud_wherever_it_is_drawn() -> None:
    (cabinet,), (again,) = (generate_cabinets("drawer-held-out-v1", 1, first=2) for _ in range(2))
    assert cabinet.cloud.shape == (8192, 4)
    assert cabinet.cloud.dtype == np.float32
    np.testing.assert_array_equal(cabinet.cloud, again.cloud)
    moves = cabinet.cloud[:, 3] == 1
    assert 0.1 < moves.mean() < 0.9
    assert cabinet.cloud[~moves, 0].max() <= 1e-6  # nothing of the body before the front
    assert cabinet.cloud[moves, 0].max() > 0.03  # but the handle


def test_what_is_only_touched_is_not_in_the_cloud(wall: CabinetSpec) -> None:
    contact = Shape("contact_box", (9.0, 9.0, 9.0), (0.0, 0.0, 0.0))
    plain, touched = sample_cloud(wall.body, wall.part, 1), [*wall.body, contact]
    np.testing.assert_array_equal(sample_cloud(touched, wall.part, 1), plain)


def test_a_file_of_torch_is_read_without_unpickling(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cloud = rng.standard_normal((8192, 4)).astype(np.float32)
    cloud[:, 3] = rng.integers(2, size=8192)
    torch.save(torch.from_numpy(cloud), tmp_path / "pointcloud_tensor")
    np.testing.assert_array_equal(read_cloud(tmp_path / "pointcloud_tensor"), cloud)
    (cabinet,) = generate_cabinets("drawer-train-v1", 1)
    from_file = replace(cabinet, cloud_file=tmp_path / "pointcloud_tensor")
    np.testing.assert_array_equal(from_file.cloud, cloud)


def test_a_file_that_is_no_cloud_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pointcloud_tensor"
    with pytest.raises(ConfigurationError, match=r"^cabinets.folder: .*pointcloud_tensor"):
        read_cloud(path)
    for wrong in (torch.zeros(100, 4), torch.full((8192, 4), 2.0), {"a": torch.zeros(2)}):
        torch.save(wrong, path)
        with pytest.raises(ConfigurationError, match=r"^cabinets.folder: .*pointcloud_tensor"):
            read_cloud(path)
