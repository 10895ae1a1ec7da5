"""The points that the original's expert sees: of cabinets, with likely contact, and of fingers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.cloud import NUM_POINTS, sample_cloud
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.original.contact_network import ContactNetwork
from spawnnet_sim.experts.original.point_sets import farthest_points
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.rotations import matrix_from_quaternion

Float32 = NDArray[np.float32]
Array = NDArray[np.float64]

CABINET_POINTS, FINGER_POINTS = 2048, 32
FINGER_CLOUD = 128  # points of a finger that the latter are taken of
FINGER_FILES = ("left_finger_long", "right_finger_long")
FINGER_FOLDER = Path("franka_description", "point_cloud")


class CabinetClouds:
    """Points of cabinets with the likelihood of contact, computed once for each cabinet.

    Args:
        network: Says where contact is likely.
    """

    def __init__(self, network: ContactNetwork) -> None:
        self._network = network
        self._known: dict[tuple[str, bytes], Float32] = {}
        self._cabinets: tuple[CabinetSpec, ...] = ()
        self._points: Float32 = np.zeros((0, CABINET_POINTS, 5), np.float32)

    def points(self, cabinets: tuple[CabinetSpec, ...]) -> Float32:
        """Return `(N, 2048, 5)` for N cabinets: those of `CabinetSpec.cloud` and the likelihood.

        Raises:
            ConfigurationError: If a cabinet has no cloud, or a broken one.
        """
        if cabinets is not self._cabinets:
            self._points = np.stack([self._of(cabinet) for cabinet in cabinets])
            self._cabinets = cabinets
        return self._points

    def _of(self, cabinet: CabinetSpec) -> Float32:
        root, link = closed_poses(cabinet)
        key = (cabinet.name, np.concatenate([root, link]).tobytes())
        if key not in self._known:
            cloud = spread(cabinet.cloud, CABINET_POINTS)
            placed = np.concatenate([placed_points(cloud, root, link), cloud[:, 3:]], axis=1)
            contact = self._contact(placed.astype(np.float32))
            self._known[key] = np.concatenate([cloud, contact[:, None]], axis=1)
        return self._known[key]

    def _contact(self, cloud: Float32) -> Float32:
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            (contact,) = self._network(torch.from_numpy(cloud)[None].to(device)).cpu().numpy()
        likelihoods: Float32 = contact
        return likelihoods


def closed_poses(cabinet: CabinetSpec) -> tuple[Array, Array]:
    """Return the poses of root and moving link of a closed cabinet, `(7,)` each."""
    origin = cabinet.origin
    root = np.array([*origin.root_position, *origin.root_quaternion])
    return root, np.array([*cabinet.joint.origin, *origin.link_quaternion])


def placed_points(cloud: Float32, root: Array, link: Array) -> Array:
    """Return the points of clouds in the environment's frame, `(..., P, 3)` m.

    Args:
        cloud: `(..., P, 4)` or wider, as `CabinetSpec.cloud`.
        root: `(..., 7)` poses of the cabinets' roots.
        link: `(..., 7)` of their moving links.
    """
    xyz, moves = cloud[..., :3], cloud[..., 3:4] == 1
    return np.where(moves, transformed(xyz, link), transformed(xyz, root))


def transformed(points: Float32, pose: Array) -> Array:
    """Return points `(..., P, 3)` moved by poses `(..., 7)`."""
    rotation = matrix_from_quaternion(pose[..., 3:])
    moved: Array = points @ np.swapaxes(rotation, -1, -2) + pose[..., None, :3]
    return moved


def spread(cloud: Float32, count: int) -> Float32:
    """Return `count` points of a cloud `(P, C)` that are spread out."""
    points = torch.from_numpy(np.ascontiguousarray(cloud[:, :3]))[None]
    kept: Float32 = cloud[farthest_points(points, count)[0].numpy()]
    return kept


def finger_points(robot: RobotSpec, folder: Path | None) -> Float32:
    """Return points of the left and the right finger in their links' frames, `(2, 32, 3)` m.

    Args:
        robot: Its own fingers are taken where no file tells.
        folder: Of cabinets; it, or a folder above it, may hold the original's clouds of fingers.

    Raises:
        ConfigurationError: If a file is broken.
    """
    parents = () if folder is None else (folder.absolute(), *folder.absolute().parents)
    holders = [each / FINGER_FOLDER for each in parents if (each / FINGER_FOLDER).is_dir()]
    clouds = _read_fingers(holders[0]) if holders else _sampled_fingers(robot)
    return np.stack([spread(cloud, FINGER_POINTS) for cloud in clouds])


def _sampled_fingers(robot: RobotSpec) -> Sequence[Float32]:
    shapes = [robot.links[index].shapes for index in robot.finger_indices]
    every = NUM_POINTS // FINGER_CLOUD
    return [sample_cloud(each, (), seed)[::every, :3] for seed, each in enumerate(shapes)]


def _read_fingers(folder: Path) -> Sequence[Float32]:
    return [_read_finger(folder / name) for name in FINGER_FILES]


def _read_finger(path: Path) -> Float32:
    try:
        tensor = torch.load(path, map_location="cpu", weights_only=True)
        cloud: Float32 = tensor.to(torch.float32).numpy()
    except Exception as error:  # damaged and foreign files fail in many ways
        reason = str(error).partition("\n")[0].rstrip(".")
        message = f"`{path}` is no cloud of a finger, a tensor: {reason}."
        raise ConfigurationError("cabinets.folder", message) from error
    if cloud.ndim != 2 or cloud.shape[1] != 3 or len(cloud) < FINGER_POINTS:
        message = f"`{path}` must be points of a finger, (128, 3), got {cloud.shape}."
        raise ConfigurationError("cabinets.folder", message)
    return cloud
