"""The simulated world: its parameters, assets and actors, as in the original release."""

import math
from typing import Any, Dict, List, NamedTuple

import numpy as np
from isaacgym import gymapi
from refusals import RefusalError, succeeded

ROBOT_FILTER, CABINET_FILTER = (
    2,
    1,
)  # without a common bit they touch each other, and not themselves
SPACING = 2.0  # m around each environment's origin
BALL_RADIUS = 0.05  # m
GROUND_FRICTION = 0.1
PHYSX = {
    "solver_type": 1,
    "num_position_iterations": 8,
    "num_velocity_iterations": 0,
    "contact_offset": 0.002,
    "rest_offset": 0.0,
    "bounce_threshold_velocity": 0.2,
    "max_depenetration_velocity": 1000.0,
    "default_buffer_size_multiplier": 5.0,
    "num_threads": 4,
    "num_subscenes": 0,
    "max_gpu_contact_pairs": 8 * 1024 * 1024,
    "use_gpu": True,
}


class Cell(NamedTuple):
    """One environment and the handles of its actors."""

    env: Any
    robot: int
    cabinet: int
    ball: int


def create_sim(gym: Any, described: Dict[str, Any]) -> Any:
    """Return the simulation, with a floor.

    Raises:
        RefusalError: If it cannot be created on these devices.
    """
    params = gymapi.SimParams()
    params.dt, params.substeps = described["dt"], described["substeps"]
    params.up_axis = gymapi.UP_AXIS_Z
    params.gravity = gymapi.Vec3(0.0, 0.0, -9.81)
    params.num_client_threads = 0
    params.use_gpu_pipeline = True
    for name, value in PHYSX.items():
        setattr(params.physx, name, value)
    compute, graphics = described["compute_device"], described["graphics_device"]
    sim = gym.create_sim(compute, graphics, gymapi.SIM_PHYSX, params)
    if sim is None:
        message = "Isaac Gym cannot use CUDA device {} with graphics device {}: see the log."
        raise RefusalError("cuda_device", message.format(compute, graphics))
    plane = gymapi.PlaneParams()
    plane.normal = gymapi.Vec3(0.0, 0.0, 1.0)
    plane.static_friction = plane.dynamic_friction = GROUND_FRICTION
    gym.add_ground(sim, plane)
    return sim


def load_robot(gym: Any, sim: Any, described: Dict[str, Any]) -> Any:
    """Load the robot's asset; fixed, weightless, every link a body of its own."""
    options = gymapi.AssetOptions()
    options.fix_base_link = True
    options.disable_gravity = True
    options.flip_visual_attachments = described["flip_visuals"]
    options.armature = described["armature"]
    return _load(gym, sim, described, options)


def load_cabinet(gym: Any, sim: Any, described: Dict[str, Any]) -> Any:
    """Load a cabinet: two bodies and one joint once fixed joints are gone.

    Raises:
        RefusalError: If it has others.
    """
    options = gymapi.AssetOptions()
    options.fix_base_link = True
    options.disable_gravity = True
    options.collapse_fixed_joints = True
    if described["has_meshes"]:
        options.use_mesh_materials = True
        options.mesh_normal_mode = gymapi.COMPUTE_PER_VERTEX
        options.override_com = True
        options.override_inertia = True
        options.vhacd_enabled = True
        options.vhacd_params = gymapi.VhacdParams()
        options.vhacd_params.resolution = described["vhacd_resolution"]
    asset = _load(gym, sim, described, options)
    found = (gym.get_asset_dof_count(asset), gym.get_asset_rigid_body_count(asset))
    if found != (1, 2):
        message = "{} must be 1 joint and 2 bodies in Isaac Gym, is {} and {}."
        raise RefusalError("", message.format(_path(described), *found))
    return asset


def load_ball(gym: Any, sim: Any) -> Any:
    """Return the asset of a red ball that hangs in the air."""
    options = gymapi.AssetOptions()
    options.fix_base_link = True
    options.disable_gravity = True
    return gym.create_sphere(sim, BALL_RADIUS, options)


def create_cells(gym: Any, sim: Any, described: Dict[str, Any]) -> List[Cell]:
    """Create every environment with its actors: robot, cabinet and ball, in this order."""
    robot, ball = load_robot(gym, sim, described["robot"]), load_ball(gym, sim)
    cabinets = [load_cabinet(gym, sim, each) for each in described["assets"]]
    which = described["cabinets"]  # number of each environment's asset
    lower = gymapi.Vec3(-SPACING, -SPACING, 0.0)
    upper = gymapi.Vec3(SPACING, SPACING, SPACING)
    cells = []
    for index, number in enumerate(which):
        env = gym.create_env(sim, lower, upper, max(int(math.sqrt(len(which))), 1))
        asset, place = cabinets[number], described["assets"][number]
        cell = Cell(
            env,
            gym.create_actor(env, robot, pose(described["robot"]), "robot", index, ROBOT_FILTER, 0),
            gym.create_actor(env, asset, pose(place), "cabinet", index, CABINET_FILTER, 0),
            # A group that no robot is in: it is only seen.
            gym.create_actor(env, ball, pose(described["ball"]), "ball", len(which)),
        )
        _drive_robot(gym, cell, robot, described["robot"])
        _drive_cabinet(gym, cell, asset, described["part_drive"])
        paint_ball(gym, cell, (1.0, 0.0, 0.0))
        cells.append(cell)
    return cells


def paint_ball(gym: Any, cell: Cell, rgb: Any) -> None:
    """Give an environment's ball a colour, in [0, 1]."""
    colour = gymapi.Vec3(*rgb)
    gym.set_rigid_body_color(cell.env, cell.ball, 0, gymapi.MESH_VISUAL_AND_COLLISION, colour)


def pose(described: Dict[str, Any]) -> Any:
    """Return a pose, of `position` (m) and `quaternion` (x, y, z, w)."""
    return gymapi.Transform(
        gymapi.Vec3(*described["position"]), gymapi.Quat(*described["quaternion"])
    )


def _load(gym: Any, sim: Any, described: Dict[str, Any], options: Any) -> Any:
    asset = gym.load_asset(sim, described["folder"], described["file"], options)
    if asset is None:
        message = "Isaac Gym cannot load {}: the end of the worker's log says why."
        raise RefusalError("", message.format(_path(described)))
    return asset


def _path(described: Dict[str, Any]) -> str:
    return "{}/{}".format(described["folder"], described["file"])


def _drive_robot(gym: Any, cell: Cell, asset: Any, described: Dict[str, Any]) -> None:
    """Set drives, limits and start of the joints, which are told by their names."""
    properties, order = gym.get_asset_dof_properties(asset), gym.get_asset_dof_dict(asset)
    unknown = [joint for joint in described["joints"] if joint not in order]
    if unknown or len(order) != len(described["joints"]):
        message = "{} must have the joints {}, has {}."
        names = (", ".join(described["joints"]), ", ".join(order))
        raise RefusalError("assets", message.format(_path(described), *names))
    states = np.zeros(len(order), gymapi.DofState.dtype)
    for number, joint in enumerate(described["joints"]):
        row = order[joint]
        is_driven = described["stiffness"][number] > 0
        mode = gymapi.DOF_MODE_POS if is_driven else gymapi.DOF_MODE_EFFORT
        properties["driveMode"][row] = int(mode)
        for name in ("stiffness", "damping", "effort", "lower", "upper"):
            properties[name][row] = described[name][number]
        states["pos"][row] = described["start"][number]
    result = gym.set_actor_dof_properties(cell.env, cell.robot, properties)
    succeeded(result, "set_actor_dof_properties")
    result = gym.set_actor_dof_states(cell.env, cell.robot, states, gymapi.STATE_ALL)
    succeeded(result, "set_actor_dof_states")


def _drive_cabinet(gym: Any, cell: Cell, asset: Any, drive: Dict[str, float]) -> None:
    """Let the moving part resist: a spring that pulls it shut."""
    properties = gym.get_asset_dof_properties(asset)
    properties["driveMode"][0] = int(gymapi.DOF_MODE_POS)
    for name, value in drive.items():
        properties[name][0] = value
    result = gym.set_actor_dof_properties(cell.env, cell.cabinet, properties)
    succeeded(result, "set_actor_dof_properties")
