"""What the worker is told to simulate: a scene in the library's words, as what JSON knows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spawnnet_sim.cabinets.cabinet import Quaternion
from spawnnet_sim.isaacgym.assets import CabinetAsset, RobotAsset, cabinet_asset, robot_asset
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.isaacgym.devices import Devices
from spawnnet_sim.isaacgym.poses import camera_quaternion, forward, xyzw
from spawnnet_sim.physics.ball import PARKED
from spawnnet_sim.physics.cameras import CAMERAS, Camera
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.physics.scene import PartDrive, Scene

ARMATURE = 0.01  # of all links, as in the original; the library knows one per asset
ENDLESS = 1e6  # N or N m, where nothing limits a force
AHEAD = 0.25  # m before a camera, where the ball is held while the cameras are checked
# Looks down at a slant at the bare floor beside the robot, to tell what depth means.
FLOOR_VIEW = Camera((1.3, -1.5, 0.7), (1.6, -1.6, 0.0), fov=60.0)
FLOOR_SIZE = (24, 32)


@dataclass(frozen=True)
class Description:
    """A scene, and what answers are read by.

    Attributes:
        robot: The robot's file.
        cabinets: Each environment's cabinet, N.
        message: What the worker is told.
    """

    robot: RobotAsset
    cabinets: tuple[CabinetAsset, ...]
    message: dict[str, Any]


def describe(scene: Scene, config: IsaacGymConfig, devices: Devices) -> Description:
    """Return what the worker is told of a scene.

    Raises:
        ConfigurationError: If the robot or a cabinet cannot be had as the engine needs it.
    """
    robot = robot_asset(scene.robot, config.assets)
    assets = {id(cabinet): cabinet_asset(cabinet) for cabinet in scene.cabinets}
    order = {key: number for number, key in enumerate(assets)}
    cabinets = tuple(assets[id(cabinet)] for cabinet in scene.cabinets)
    steps = round(scene.control_timestep * scene.physics_frequency)
    message = {
        "sim": {
            "dt": scene.control_timestep,
            "substeps": steps,
            "compute_device": devices.compute,
            "graphics_device": devices.graphics if scene.views else -1,
        },
        "robot": _robot(scene.robot, robot),
        "assets": [_cabinet(asset, config.vhacd_resolution) for asset in assets.values()],
        "cabinets": [order[id(cabinet)] for cabinet in scene.cabinets],
        "part_drive": _part_drive(scene.part_drive),
        "ball": {"position": PARKED, "quaternion": (0.0, 0.0, 0.0, 1.0)},
        "views": [_view(CAMERAS[name], scene.robot) for name in scene.views],
        "image_size": scene.image_size,
        "floor_view": _floor_view(),
    }
    return Description(robot, cabinets, message)


def _robot(spec: RobotSpec, asset: RobotAsset) -> dict[str, Any]:
    gains = np.array([link.gains for link in spec.joints])
    if asset.is_original:
        gains[spec.effort_driven] = 0.0  # as in the original
    return {
        **_file(asset),
        "position": spec.root_position,
        "quaternion": xyzw(spec.root_quaternion),
        "links": asset.links,
        "joints": asset.joints,
        "start": spec.start_pose,
        "lower": spec.lower.tolist(),
        "upper": spec.upper.tolist(),
        "effort": spec.effort.tolist(),
        "stiffness": gains[:, 0].tolist(),
        "damping": gains[:, 1].tolist(),
        "armature": ARMATURE,
        "flip_visuals": asset.is_original,
    }


def _cabinet(asset: CabinetAsset, resolution: int) -> dict[str, Any]:
    return {
        **_file(asset),
        "position": asset.position,
        "quaternion": xyzw(asset.quaternion),
        "link": asset.link,
        "joint": asset.joint,
        "has_meshes": asset.has_meshes,
        "vhacd_resolution": resolution,
    }


def _file(asset: RobotAsset | CabinetAsset) -> dict[str, str]:
    return {"folder": str(asset.file.parent), "file": asset.file.name}


def _part_drive(drive: PartDrive) -> dict[str, float]:
    return {
        name: value if math.isfinite(value) else ENDLESS for name, value in asdict(drive).items()
    }


def _view(camera: Camera, robot: RobotSpec) -> dict[str, Any]:
    quaternion = camera_quaternion(camera.quaternion())
    position = np.array(camera.position)
    if camera.link is not None:  # anywhere for now: it is moved with its link
        position = position + robot.root_position + (0.0, 0.0, 1.0)
    ahead = position + AHEAD * forward(quaternion)
    return {
        "fov": camera.fov,
        "position": position.tolist(),
        "quaternion": xyzw(quaternion),
        "ahead": ahead.tolist(),
        "is_moved": camera.link is not None,
    }


def _floor_view() -> dict[str, Any]:
    quaternion: Quaternion = camera_quaternion(FLOOR_VIEW.quaternion())
    axes = [forward(quaternion, axis) for axis in range(3)]
    return {
        "fov": FLOOR_VIEW.fov,
        "position": FLOOR_VIEW.position,
        "quaternion": xyzw(quaternion),
        "image_size": FLOOR_SIZE,
        "down": [-float(axis[2]) for axis in axes],
    }
