"""The calls of `gymapi` that the worker uses, with the library's parameters."""

from isaacgym import gymdeps  # noqa: F401
import time

import numpy as np

from isaacgym.quirks import misbehaves, quirks
from isaacgym.simulator import Actor, Camera, Env, Sim, matrix_of
from isaacgym.tensors import Tensor
from isaacgym.urdf import Asset, read, sphere
from isaacgym.values import (
    AssetOptions,
    CameraProperties,
    DofDriveMode,
    DofState,
    ImageType,
    IndexDomain,
    MeshNormalMode,
    MeshType,
    PhysXParams,
    PlaneParams,
    Quat,
    SimParams,
    SimType,
    Transform,
    UpAxis,
    Vec3,
    VhacdParams,
)

__all__ = ["PhysXParams", "Tensor", "VhacdParams"]

STATE_POS, STATE_VEL, STATE_ALL = 1, 2, 3
INVALID_HANDLE = -1
SIM_PHYSX, SIM_FLEX = SimType.SIM_PHYSX, SimType.SIM_FLEX
UP_AXIS_Z = UpAxis.UP_AXIS_Z
DOF_MODE_POS, DOF_MODE_EFFORT = DofDriveMode.DOF_MODE_POS, DofDriveMode.DOF_MODE_EFFORT
DOMAIN_ENV, DOMAIN_SIM = IndexDomain.DOMAIN_ENV, IndexDomain.DOMAIN_SIM
DOMAIN_ACTOR = IndexDomain.DOMAIN_ACTOR
COMPUTE_PER_VERTEX = MeshNormalMode.COMPUTE_PER_VERTEX
MESH_VISUAL_AND_COLLISION = MeshType.MESH_VISUAL_AND_COLLISION
IMAGE_COLOR, IMAGE_DEPTH = ImageType.IMAGE_COLOR, ImageType.IMAGE_DEPTH


class RuleBroken(Exception):
    """What the library would crash on, or get wrong without a word."""


def require(holds, message):
    """Raise unless something holds."""
    if not holds:
        raise RuleBroken(message)


def _checked(*kinds):
    """Check the types of a call's arguments; let it hang or fail where a test wants that."""

    def decorate(call):
        def checked(self, *values, **named):
            for value, kind in zip(values, kinds):
                is_flag = isinstance(value, bool) and kind is not bool
                if not isinstance(value, kind) or is_flag:
                    raise TypeError(f"{call.__name__}: incompatible argument {value!r}")
            if misbehaves(call.__name__, "hang"):
                time.sleep(1e6)
            if misbehaves(call.__name__, "fail"):
                return False
            if misbehaves(call.__name__, "raise"):
                raise RuntimeError(f"{call.__name__} was to raise")
            return call(self, *values, **named)

        checked.__name__, checked.__wrapped__ = call.__name__, call
        return checked

    return decorate


class Gym:
    """The library."""

    @_checked(int, int, SimType, SimParams)
    def create_sim(
        self, compute_device=0, graphics_device=0, type=SIM_FLEX, params=None
    ):  # fmt: skip
        require(type == SIM_PHYSX, "create_sim: the engine is FLEX")
        require(params.use_gpu_pipeline and params.physx.use_gpu, "create_sim: not on the GPU")
        require(params.up_axis == UP_AXIS_Z, "create_sim: y is up")
        if not quirks()["device"]:
            return None
        return Sim(params, graphics_device)

    @_checked(Sim)
    def destroy_sim(self, sim, /):
        sim.require_alive()
        sim.phase = "destroyed"

    @_checked(Sim, PlaneParams)
    def add_ground(self, sim, params):
        sim.require_creating("add_ground")
        require(params.normal.z == 1.0, "add_ground: the normal is not z")

    @_checked(Sim, str, str, AssetOptions)
    def load_asset(self, sim, rootpath, filename, options=None):
        sim.require_creating("load_asset")
        require(options.fix_base_link and options.disable_gravity, "load_asset: it would fall")
        resolution = options.vhacd_params.resolution
        require(10_000 <= resolution <= 64_000_000, "load_asset: resolution out of its range")
        try:
            return read(rootpath, filename, options)
        except (OSError, SyntaxError):
            return None

    @_checked(Sim, (int, float), AssetOptions)
    def create_sphere(self, sim, radius, options=None):
        sim.require_creating("create_sphere")
        return sphere(radius, options)

    @_checked(Asset)
    def get_asset_dof_properties(self, asset):
        return Actor.properties_of(asset)

    @_checked(Asset)
    def get_asset_dof_count(self, asset, /):
        return len(asset.joints())

    @_checked(Asset)
    def get_asset_rigid_body_count(self, asset, /):
        return len(asset.links())

    @_checked(Asset)
    def get_asset_dof_dict(self, asset, /):
        return {joint.get("name"): number for number, joint in enumerate(asset.joints())}

    @_checked(Sim, Vec3, Vec3, int)
    def create_env(self, sim, lower, upper, num_per_row, /):
        sim.require_creating("create_env")
        require(num_per_row > 0, "create_env: no environment per row")
        env = Env(sim, len(sim.envs), upper.array() - lower.array(), num_per_row)
        sim.envs.append(env)
        return env

    @_checked(Env, Asset, Transform, str, int, int, int)
    def create_actor(self, env, asset, pose, name=None, group=-1, filter=-1, segmentationId=0):
        env.sim.require_creating("create_actor")
        require(env is env.sim.envs[-1], "create_actor: a later environment exists already")
        env.actors.append(Actor(env, asset, matrix_of(pose), name, group, filter))
        return len(env.actors) - 1

    @_checked(Env, int, np.ndarray)
    def set_actor_dof_properties(self, env, actor, properties, /):
        env.sim.require_creating("set_actor_dof_properties")
        mine = env.actors[actor].properties
        if properties.dtype != mine.dtype or properties.shape != mine.shape:
            raise TypeError("set_actor_dof_properties: shape or type of the properties")
        env.actors[actor].properties = properties.copy()
        return True

    @_checked(Env, int, np.ndarray, int)
    def set_actor_dof_states(self, env, actor, states, flags, /):
        env.sim.require_creating("set_actor_dof_states")
        names = env.actors[actor].joint_names
        if states.dtype != DofState.dtype or states.shape != (len(names),):
            raise TypeError("set_actor_dof_states: shape or type of the states")
        require(flags == STATE_ALL, "set_actor_dof_states: not the whole state")
        env.actors[actor].start = states.copy()
        return True

    @_checked(Env, int, int, MeshType, Vec3)
    def set_rigid_body_color(self, env, actor, body, mesh_type, colour, /):
        env.sim.require_alive()
        link = env.actors[actor].asset.links()[body]
        env.actors[actor].colours[link.name] = colour.array()

    @_checked(Env, int, IndexDomain)
    def get_actor_index(self, env, actor, domain, /):
        require(domain == DOMAIN_SIM, "get_actor_index: another domain than the simulation")
        return env.first_actor + actor

    @_checked(Env, int, str, IndexDomain)
    def find_actor_rigid_body_index(self, env, actor, name, domain, /):
        require(domain == DOMAIN_SIM, "find_actor_rigid_body_index: another domain")
        names = [link.name for link in env.actors[actor].asset.links()]
        return env.first_of(actor, "links") + names.index(name) if name in names else -1

    @_checked(Env, int, str, IndexDomain)
    def find_actor_dof_index(self, env, actor, name, domain, /):
        require(domain == DOMAIN_SIM, "find_actor_dof_index: another domain")
        names = env.actors[actor].joint_names
        return env.first_of(actor, "joints") + names.index(name) if name in names else -1

    @_checked(Env, CameraProperties)
    def create_camera_sensor(self, env, properties, /):
        sim = env.sim
        sim.require_creating("create_camera_sensor")
        require(sim.graphics_device >= 0, "create_camera_sensor: Sim->Graphics is nullptr")
        require(properties.enable_tensors, "create_camera_sensor: without tensors")
        handle = len([camera for camera in sim.cameras if camera.env is env])
        sim.cameras.append(Camera(env, handle, properties))
        return handle

    @_checked(int, Env, Transform)
    def set_camera_transform(self, camera, env, transform, /):
        env.sim.camera(env, camera).pose = matrix_of(transform)

    @_checked(Sim)
    def prepare_sim(self, sim, /):
        sim.prepare()
        return True

    @_checked(Sim)
    def acquire_actor_root_state_tensor(self, sim, /):
        return sim.tensor("root")

    @_checked(Sim)
    def acquire_dof_state_tensor(self, sim, /):
        return sim.tensor("dof")

    @_checked(Sim)
    def acquire_rigid_body_state_tensor(self, sim, /):
        return sim.tensor("bodies")

    @_checked(Sim)
    def refresh_actor_root_state_tensor(self, sim, /):
        return sim.refresh("root")

    @_checked(Sim)
    def refresh_dof_state_tensor(self, sim, /):
        return sim.refresh("dof")

    @_checked(Sim)
    def refresh_rigid_body_state_tensor(self, sim, /):
        return sim.refresh("bodies")

    @_checked(Sim, Tensor)
    def set_dof_position_target_tensor(self, sim, targets, /):
        return sim.give("targets", targets, len(sim.dof_places))

    @_checked(Sim, Tensor)
    def set_dof_actuation_force_tensor(self, sim, forces, /):
        return sim.give("forces", forces, len(sim.dof_places))

    @_checked(Sim, Tensor, Tensor, int)
    def set_dof_state_tensor_indexed(self, sim, states, actors, count, /):
        return sim.give("dof", states, 2 * len(sim.dof_places), actors, count)

    @_checked(Sim, Tensor, Tensor, int)
    def set_actor_root_state_tensor_indexed(self, sim, states, actors, count, /):
        return sim.give("root", states, 13 * sim.num_actors, actors, count)

    @_checked(Sim)
    def simulate(self, sim, /):
        sim.simulate()

    @_checked(Sim, bool)
    def fetch_results(self, sim, wait, /):
        sim.advance("simulated", "fetched", "fetch_results")

    @_checked(Sim)
    def step_graphics(self, sim, /):
        sim.step_graphics()

    @_checked(Sim)
    def render_all_camera_sensors(self, sim, /):
        sim.render()

    @_checked(Sim)
    def start_access_image_tensors(self, sim, /):
        sim.start_access()

    @_checked(Sim)
    def end_access_image_tensors(self, sim, /):
        require(sim.is_accessed, "end_access_image_tensors: without its start")
        sim.is_accessed = False

    @_checked(Sim, Env, int, ImageType)
    def get_camera_image_gpu_tensor(self, sim, env, camera, image_type, /):
        return sim.image(env, camera, image_type)


def acquire_gym():
    """Return the library."""
    return Gym()


__all__ += ["DofState", "Gym", "Quat", "acquire_gym"]
