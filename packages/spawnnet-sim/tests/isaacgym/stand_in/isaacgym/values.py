"""Enumerations and structures; setting what they lack, or another type, is an error."""

import enum
import math
from typing import Any

import numpy as np


class SimType(enum.IntEnum):
    SIM_PHYSX = 0
    SIM_FLEX = 1


class UpAxis(enum.IntEnum):
    UP_AXIS_Y = 0
    UP_AXIS_Z = 1


class DofDriveMode(enum.IntEnum):
    DOF_MODE_NONE = 0
    DOF_MODE_POS = 1
    DOF_MODE_VEL = 2
    DOF_MODE_EFFORT = 3


class IndexDomain(enum.IntEnum):
    DOMAIN_ACTOR = 0
    DOMAIN_ENV = 1
    DOMAIN_SIM = 2


class MeshNormalMode(enum.IntEnum):
    FROM_ASSET = 0
    COMPUTE_PER_VERTEX = 1
    COMPUTE_PER_FACE = 2


class MeshType(enum.IntEnum):
    MESH_NONE = 0
    MESH_COLLISION = 1
    MESH_VISUAL = 2
    MESH_VISUAL_AND_COLLISION = 3


class ImageType(enum.IntEnum):
    IMAGE_COLOR = 0
    IMAGE_DEPTH = 1
    IMAGE_SEGMENTATION = 2
    IMAGE_OPTICAL_FLOW = 3


class Struct:
    """A structure of the library: its fields are fixed, and so are their types."""

    FIELDS = {}  # type: Dict[str, Any]

    def __init__(self, *values: Any, **named: Any) -> None:
        names = list(self.FIELDS)
        if len(values) > len(names):
            raise TypeError(f"incompatible constructor arguments: {values}")
        for name, default in self.FIELDS.items():
            value = default() if isinstance(default, type) else default
            object.__setattr__(self, name, value)
        for name, value in [*zip(names, values), *named.items()]:
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.FIELDS:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        kind = type(getattr(self, name))
        numbers = {float: (int, float), int: (int,), bool: (bool,)}
        is_right = isinstance(value, numbers.get(kind, kind))
        if not is_right or (isinstance(value, bool) and kind is not bool):
            raise TypeError(f"{name} cannot be {value!r}")
        object.__setattr__(self, name, kind(value) if kind is float else value)


class Vec3(Struct):
    FIELDS = {"x": 0.0, "y": 0.0, "z": 0.0}

    def array(self) -> np.ndarray:
        return np.array([self.x, self.y, self.z])


class Quat(Struct):
    FIELDS = {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}

    def wxyz(self) -> np.ndarray:
        values = np.array([self.w, self.x, self.y, self.z])
        if not math.isclose(np.linalg.norm(values), 1.0, abs_tol=1e-3):
            raise ValueError(f"a quaternion of length {np.linalg.norm(values)}")
        return values


class Transform(Struct):
    FIELDS = {"p": Vec3, "r": Quat}


class DofState:
    dtype = np.dtype([("pos", "<f4"), ("vel", "<f4")])


class PhysXParams(Struct):
    FIELDS = {
        "solver_type": 0,
        "num_position_iterations": 4,
        "num_velocity_iterations": 1,
        "num_threads": 0,
        "num_subscenes": 0,
        "max_gpu_contact_pairs": 1024 * 1024,
        "contact_offset": 0.02,
        "rest_offset": 0.001,
        "bounce_threshold_velocity": 0.2,
        "max_depenetration_velocity": 100.0,
        "default_buffer_size_multiplier": 2.0,
        "use_gpu": False,
    }


class SimParams(Struct):
    FIELDS = {
        "dt": 1 / 60,
        "substeps": 2,
        "up_axis": UpAxis.UP_AXIS_Y,
        "gravity": Vec3,
        "num_client_threads": 0,
        "use_gpu_pipeline": False,
        "physx": PhysXParams,
    }


class PlaneParams(Struct):
    FIELDS = {"normal": Vec3, "static_friction": 1.0, "dynamic_friction": 1.0, "restitution": 0.0}


class VhacdParams(Struct):
    FIELDS = {"resolution": 100000}


class AssetOptions(Struct):
    FIELDS = {
        "fix_base_link": False,
        "disable_gravity": False,
        "flip_visual_attachments": False,
        "collapse_fixed_joints": False,
        "use_mesh_materials": False,
        "mesh_normal_mode": MeshNormalMode.FROM_ASSET,
        "override_com": False,
        "override_inertia": False,
        "vhacd_enabled": False,
        "vhacd_params": VhacdParams,
        "armature": 0.0,
        "density": 1000.0,
    }


class CameraProperties(Struct):
    FIELDS = {
        "width": 1600,
        "height": 900,
        "horizontal_fov": 90.0,
        "enable_tensors": False,
        "near_plane": 0.001,
        "far_plane": 2e6,
    }
