"""What an expert on point clouds reads is the same for both kinds of cabinets, on a live engine."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from spawnnet_sim import CabinetEnv, CabinetsConfig, EnvironmentConfig, State, create_environment
from spawnnet_sim.cabinets.placement import extent
from spawnnet_sim.factory import blind, partnet_config
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics

N = 3  # environments
OPENING = np.array([0.0, 0.11, 0.2])  # m or rad, of their moving parts
SCALE, DEPTH, BOTTOM = 0.7, 0.47, -0.5  # of `partnet_assets`, the latter two before scaling


@contextmanager
def opened(config: EnvironmentConfig) -> Iterator[tuple[CabinetEnv, State]]:
    """Yield environments whose cabinets stand open, and their state."""
    config = replace(blind(config), scene="original", control_frequency=60, num_envs=N)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=0)
        physics = envs._physics
        assert isinstance(physics, MujocoPhysics)
        physics._qpos[:, envs.robot.num_joints] = OPENING
        physics._batch.forward()
        yield envs, envs.privileged_state()


def placed(state: State, env: int) -> np.ndarray:
    """Return the points of a cabinet's cloud where its poses put them, `(8192, 3)`.

    A point is turned by a quaternion by the formula with cross products.
    """
    cloud = state.cabinets[env].cloud.astype(float)
    moves = cloud[:, 3:] == 1
    pose = np.where(moves, state.part_pose[env], state.cabinet_pose[env])
    w, vector, points = pose[:, 3:4], pose[:, 4:], cloud[:, :3]
    twice = 2 * np.cross(vector, points)
    return np.asarray(points + w * twice + np.cross(vector, twice) + pose[:, :3])


def check_shapes(state: State) -> None:
    for pose in (state.cabinet_pose, state.part_pose, state.hand_pose):
        assert (pose.shape, pose.dtype) == ((N, 7), np.float64)
        np.testing.assert_allclose(np.linalg.norm(pose[:, 3:], axis=1), 1.0)
    assert state.finger_poses.shape == (N, 2, 7)
    assert state.root_position.shape == (N, 3)
    for cabinet in state.cabinets:
        assert (cabinet.cloud.shape, cabinet.cloud.dtype) == ((8192, 4), np.float32)


def test_points_of_generated_cabinets_are_where_their_solids_are() -> None:
    with opened(EnvironmentConfig(cabinets=CabinetsConfig(count=2))) as (_, state):
        check_shapes(state)
        for env, cabinet in enumerate(state.cabinets):
            points = placed(state, env)
            points[cabinet.cloud[:, 3] == 1, 0] -= OPENING[env]  # drawers slide along x
            for found, expected in zip(
                (points.min(axis=0), points.max(axis=0)), extent(cabinet), strict=True
            ):
                np.testing.assert_allclose(found, expected, atol=0.01)


def asset_points(parts: list[list[np.ndarray]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 8192 points on triangles, `(8192, 3)` in PartNet's frame, scaled, and which move."""
    rng = np.random.default_rng(seed)
    corners = np.array([triangle for part in parts for triangle in part])
    moves = np.repeat([0, 1], [len(part) for part in parts])
    chosen = rng.integers(len(corners), size=8192)
    weights = rng.dirichlet((1.0, 1.0, 1.0), 8192)
    return SCALE * np.einsum("ni,nij->nj", weights, corners[chosen]), moves[chosen]


@pytest.mark.parametrize("is_door", [False, True], ids=["drawer", "door"])
def test_points_of_partnet_assets_are_where_the_original_has_them(
    is_door: bool, request: pytest.FixtureRequest, partnet_assets: ModuleType, tmp_path: Path
) -> None:
    """Axes of the files: y up and z out of the front; those of the root: z up, the front at -x."""
    shutil.copytree(request.getfixturevalue("doors" if is_door else "drawers"), tmp_path / "assets")
    moving = partnet_assets.door_parts() if is_door else partnet_assets.drawer_parts()
    kinds = [
        [c for part in some for c in part.corners] for some in (partnet_assets.body_parts(), moving)
    ]
    points, moves = asset_points(kinds, seed=5)
    link = SCALE * np.array([0.45, 0.0, 0.37] if is_door else [0.0, 0.1, 0.3])
    root_axes = np.stack([-points[:, 2], -points[:, 0], points[:, 1]], axis=1)
    cloud = np.column_stack([np.where(moves[:, None], points - link, root_axes), moves])
    (folder,) = (tmp_path / "assets").iterdir()
    (folder / "point_clouds").mkdir()
    file = folder / "point_clouds" / "pointcloud_tensor"
    torch.save(torch.from_numpy(cloud.astype(np.float32)), file)
    task = "open_door" if is_door else "open_drawer"
    with opened(partnet_config(task, tmp_path / "assets")) as (_, state):
        check_shapes(state)
        # The front of the box is at x = 0 before scaling, its lower end 0.3 m above the floor.
        root = np.array([-DEPTH, 0.0, 0.3 - BOTTOM])
        closed, hinge = points[:, [2, 0, 1]] + root, link[[2, 0, 1]] + root
        for env, opening in enumerate(OPENING):
            cosine, sine = np.cos(opening), np.sin(opening)
            turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
            slid = np.add(closed, (opening, 0.0, 0.0))
            there = (closed - hinge) @ turn.T + hinge if is_door else slid
            expected = np.where(moves[:, None], there, closed)
            np.testing.assert_allclose(placed(state, env), expected, atol=2e-6)
