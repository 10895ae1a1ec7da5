"""The simulation behind the calls: MuJoCo, one model for each environment."""

import mujoco
import numpy as np
import torch

from isaacgym.drawing import draw
from isaacgym.mjcf import compile_model, solids
from isaacgym.quirks import quirks
from isaacgym.tensors import Tensor
from isaacgym.values import ImageType

_PROPERTIES = np.dtype(
    [
        ("hasLimits", "?"), ("lower", "<f4"), ("upper", "<f4"), ("driveMode", "<i4"),
        ("velocity", "<f4"), ("effort", "<f4"), ("stiffness", "<f4"), ("damping", "<f4"),
        ("friction", "<f4"), ("armature", "<f4"),
    ]
)  # fmt: skip


def matrix_of(transform):
    """Return a transform as `(4, 4)`."""
    matrix, flat = np.eye(4), np.zeros(9)
    mujoco.mju_quat2Mat(flat, transform.r.wxyz())
    matrix[:3, :3], matrix[:3, 3] = flat.reshape(3, 3), transform.p.array()
    return matrix


def _require(holds, message):
    from isaacgym.gymapi import require  # which imports this

    require(holds, message)


class Actor:
    """Something in an environment."""

    def __init__(self, env, asset, pose, name, group, filter):
        self.env, self.asset, self.pose, self.name = env, asset, pose, name
        self.group, self.filter = group, filter
        self.joint_names = [joint.get("name") for joint in asset.joints()]
        self.properties = self.properties_of(asset)
        self.start = np.zeros(len(self.joint_names), [("pos", "<f4"), ("vel", "<f4")])
        self.colours = {}

    @staticmethod
    def properties_of(asset):
        rows = np.zeros(len(asset.joints()), _PROPERTIES)
        for row, joint in zip(rows, asset.joints()):
            limit = joint.find("limit")
            for name in ("lower", "upper", "effort", "velocity"):
                row[name] = float(limit.get(name, 0.0))
            row["hasLimits"] = True
        return rows


class Env:
    """An environment."""

    def __init__(self, sim, index, size, num_per_row):
        self.sim, self.index, self.actors = sim, index, []
        self.origin = np.array([index % num_per_row * size[0], index // num_per_row * size[1], 0])

    @property
    def first_actor(self):
        return sum(len(env.actors) for env in self.sim.envs[: self.index])

    def first_of(self, actor, what):
        """Return how many links or joints there are before those of an actor."""
        before = [each for env in self.sim.envs[: self.index] for each in env.actors]
        return sum(len(getattr(each.asset, what)()) for each in before + self.actors[:actor])


class Camera:
    """A camera."""

    def __init__(self, env, handle, properties):
        self.env, self.handle, self.properties = env, handle, properties
        self.pose = np.eye(4)
        size = (properties.height, properties.width)
        self.images = {
            ImageType.IMAGE_COLOR: torch.zeros((*size, 4), dtype=torch.uint8),
            ImageType.IMAGE_DEPTH: torch.zeros(size),
        }


class Sim:
    """A simulation, and what may be done with it now."""

    def __init__(self, params, graphics_device):
        self.params, self.graphics_device = params, graphics_device
        self.envs, self.cameras, self.phase = [], [], "creating"
        self.is_accessed, self.has_graphics, self.is_drawn = False, False, False
        self._fresh, self._given, self._memory = set(), {}, {}
        self.dof_places = []

    @property
    def num_actors(self):
        return sum(len(env.actors) for env in self.envs)

    def require_alive(self):
        _require(self.phase != "destroyed", "the simulation was destroyed")

    def require_creating(self, call):
        _require(self.phase == "creating", f"{call}: after prepare_sim")

    def require_prepared(self, call):
        self.require_alive()
        _require(self.phase != "creating", f"{call}: before prepare_sim")

    def advance(self, before, after, call):
        self.require_prepared(call)
        _require(self.phase == before, f"{call}: after {self.phase!r}")
        self.phase = after

    def prepare(self):
        self.require_creating("prepare_sim")
        self.models = [compile_model(env, self.params) for env in self.envs]
        self.datas = [mujoco.MjData(model) for model in self.models]
        actors = [(env, actor) for env in self.envs for actor in env.actors]
        # Of every degree of freedom its actor, and environment and number there.
        self.dof_places = [
            (number, env.index, self.models[env.index].joint(f"{actor.name}/{name}").id)
            for number, (env, actor) in enumerate(actors)
            for name in actor.joint_names
        ]
        self._body_places = [
            (env, self.models[env.index].body(f"{actor.name}/{link.name}").id)
            for env, actor in actors
            for link in actor.asset.links()
        ]
        self._root_places = [
            (env, self.models[env.index].body(f"{actor.name}/{actor.asset.root.name}").id)
            for env, actor in actors
        ]
        for place, start in zip(self.dof_places, self._starts(actors)):
            self.datas[place[1]].qpos[place[2]] = start
        for model, data in zip(self.models, self.datas):
            mujoco.mj_forward(model, data)
        shapes = {"root": (self.num_actors, 13), "dof": (len(self.dof_places), 2)}
        shapes["bodies"] = (len(self._body_places), 13)
        self._memory = {name: torch.full(shape, np.nan) for name, shape in shapes.items()}
        self.phase = "fetched"

    @staticmethod
    def _starts(actors):
        return [value for _, actor in actors for value in actor.start["pos"]]

    def tensor(self, name):
        self.require_prepared(f"acquire_{name}")

        def guard():
            self.require_alive()
            _require(name in self._fresh, f"{name} was read before it was refreshed")

        return Tensor(self._memory[name], guard)

    def refresh(self, name):
        self.require_prepared("refresh")
        _require(self.phase == "fetched", "refresh: before fetch_results")
        rows = {"root": self._roots, "dof": self._dofs, "bodies": self._bodies}[name]()
        self._memory[name].copy_(torch.from_numpy(np.asarray(rows, np.float32)))
        self._fresh.add(name)
        return True

    def give(self, name, tensor, size, actors=None, count=None):
        """Keep what is to be set until the next step, as the GPU does."""
        self.require_prepared(f"set_{name}")
        memory = tensor.memory
        device = next(iter(self._memory.values())).device
        _require(memory.device == device, f"{name}: on another device")
        _require(memory.dtype == torch.float32, f"{name}: not float32")
        _require(memory.numel() == size, f"{name}: {memory.numel()} numbers, not {size}")
        if actors is not None:
            indices = actors.memory
            is_right = indices.dtype == torch.int32 and indices.device == device
            _require(is_right, f"{name}: actors are not int32 on the device")
            _require(0 < count <= indices.numel(), f"{name}: count of actors")
            _require(int(indices.max()) < self.num_actors, f"{name}: no such actor")
        self._given[name] = (tensor, actors, count)
        return True

    def simulate(self):
        self.require_prepared("simulate")
        _require(self.phase == "fetched", "simulate: before fetch_results")
        _require(not self.is_accessed, "simulate: while images are accessed")
        for name, (tensor, actors, count) in self._given.items():
            which = None if actors is None else set(actors.memory[:count].tolist())
            getattr(self, "_set_" + name)(tensor.memory.as_subclass(torch.Tensor).numpy(), which)
        self._given = {}
        for env, model, data in zip(self.envs, self.models, self.datas):
            mujoco.mj_step(model, data, env.num_parts)
            mujoco.mj_forward(model, data)
            data.qfrc_applied[:] = 0.0
        self._fresh.clear()
        self.has_graphics = False
        self.phase = "simulated"

    def step_graphics(self):
        self.require_prepared("step_graphics")
        _require(self.phase == "fetched", "step_graphics: before fetch_results")
        self.has_graphics = True

    def render(self):
        self.require_prepared("render_all_camera_sensors")
        _require(self.has_graphics, "render_all_camera_sensors: before step_graphics")
        _require(not self.is_accessed, "render_all_camera_sensors: while images are accessed")
        for camera in self.cameras:
            index = camera.env.index
            seen = solids(camera.env, self.datas[index], self.models[index])
            image, distances = draw(camera, seen, quirks()["depth"] == "ray")
            if quirks()["depth"] == "wrong":
                distances = 2 * distances
            camera.images[ImageType.IMAGE_COLOR].copy_(torch.from_numpy(image))
            camera.images[ImageType.IMAGE_DEPTH].copy_(torch.from_numpy(distances))
        self.is_drawn = True

    def start_access(self):
        _require(self.is_drawn, "start_access_image_tensors: before images are drawn")
        _require(not self.is_accessed, "start_access_image_tensors: twice")
        self.is_accessed = True

    def camera(self, env, handle):
        found = [each for each in self.cameras if each.env is env and each.handle == handle]
        _require(found, f"no camera {handle} in environment {env.index}")
        return found[0]

    def image(self, env, handle, kind):
        self.require_prepared("get_camera_image_gpu_tensor")
        form = quirks()["handles"]
        if form == "none":
            return None
        if form == "running":
            index = handle if env.index == 0 else 0
            camera = self.cameras[index] if index < len(self.cameras) else None
        elif form == "crossed":
            camera = self.cameras[0]
        else:
            found = [each for each in self.cameras if (each.env, each.handle) == (env, handle)]
            camera = found[0] if found else None

        def guard():
            _require(self.is_accessed, "an image was read outside of its access")

        return None if camera is None else Tensor(camera.images[kind], guard)

    def _origin(self, env):
        return env.origin if quirks()["origins"] == "global" else np.zeros(3)

    def _dofs(self):
        places = self.dof_places
        datas = self.datas
        return [[datas[env].qpos[joint], datas[env].qvel[joint]] for _, env, joint in places]

    def _bodies(self):
        return [self._state_of(env, body) for env, body in self._body_places]

    def _roots(self):
        return [self._state_of(env, body) for env, body in self._root_places]

    def _state_of(self, env, body):
        model, data, velocity = self.models[env.index], self.datas[env.index], np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, body, velocity, 0)
        position = data.xpos[body] + self._origin(env)
        rotation = np.roll(data.xquat[body], -1)
        return np.concatenate([position, rotation, velocity[3:], velocity[:3]])

    def _set_targets(self, values, _):
        for value, (_, env, joint) in zip(values, self.dof_places):
            if self._is_driven(env, joint):
                self.datas[env].ctrl[joint] = value

    def _set_forces(self, values, _):
        for value, (_, env, joint) in zip(values, self.dof_places):
            if not self._is_driven(env, joint):
                self.datas[env].ctrl[joint] = value

    def _is_driven(self, env, joint):
        return self.models[env].actuator_biastype[joint] != 0  # drives are in the joints' order

    def _set_dof(self, values, which):
        for (position, speed), (actor, env, joint) in zip(values.reshape(-1, 2), self.dof_places):
            if actor in which:
                self.datas[env].qpos[joint], self.datas[env].qvel[joint] = position, speed

    def _set_root(self, values, which):
        for number, (env, body) in enumerate(self._root_places):
            mocap = self.models[env.index].body_mocapid[body]
            if number in which and mocap >= 0:
                row = values.reshape(-1, 13)[number]
                self.datas[env.index].mocap_pos[mocap] = row[:3] - self._origin(env)
