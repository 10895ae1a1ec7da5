"""Breaks every rule of the stand-in once, and prints what it said, as JSON; no test by itself."""

import json
import sys

from isaacgym import gymapi, gymtorch  # isort: skip

import torch

RULES = {}
BALL = gymapi.Transform(gymapi.Vec3(0.0, 0.0, 1.0), gymapi.Quat())


def rule(function):
    RULES[function.__name__] = function
    return function


class Scene:
    """The smallest scene: a ball, and a camera."""

    def __init__(self, graphics=0):
        self.gym = gymapi.acquire_gym()
        params = gymapi.SimParams()
        params.up_axis = gymapi.UP_AXIS_Z
        params.use_gpu_pipeline = params.physx.use_gpu = True
        self.params = params
        self.sim = self.gym.create_sim(0, graphics, gymapi.SIM_PHYSX, params)
        self.options = gymapi.AssetOptions()
        self.options.fix_base_link = self.options.disable_gravity = True
        self.asset = self.gym.create_sphere(self.sim, 0.1, self.options)
        low, high = gymapi.Vec3(-1.0, -1.0, 0.0), gymapi.Vec3(1.0, 1.0, 1.0)
        self.env = self.gym.create_env(self.sim, low, high, 1)
        self.actor = self.gym.create_actor(self.env, self.asset, BALL, "ball", 0, 1, 0)

    def look(self):
        properties = gymapi.CameraProperties()
        properties.width, properties.height, properties.enable_tensors = 4, 3, True
        self.camera = self.gym.create_camera_sensor(self.env, properties)
        return self

    def prepare(self):
        self.gym.prepare_sim(self.sim)
        self.root = gymtorch.wrap_tensor(self.gym.acquire_actor_root_state_tensor(self.sim))
        return self

    def step(self):
        self.gym.simulate(self.sim)
        self.gym.fetch_results(self.sim, True)

    def image(self):
        kind = gymapi.IMAGE_COLOR
        return gymtorch.wrap_tensor(
            self.gym.get_camera_image_gpu_tensor(self.sim, self.env, self.camera, kind)
        )

    def set_root(self, states, actors, count=1):
        self.gym.set_actor_root_state_tensor_indexed(
            self.sim, gymtorch.unwrap_tensor(states), gymtorch.unwrap_tensor(actors), count
        )


ACTORS = torch.zeros(1, dtype=torch.int32)


@rule
def wrong_count():
    Scene().gym.prepare_sim()


@rule
def wrong_type():
    scene = Scene()
    scene.gym.create_actor(scene.env, scene.asset, "here", "ball", 0, 1, 0)


@rule
def name_of_a_positional_parameter():
    scene = Scene()
    scene.gym.prepare_sim(sim=scene.sim)


@rule
def unknown_keyword():
    scene = Scene()
    scene.gym.create_actor(scene.env, scene.asset, BALL, colour=1)


@rule
def unknown_field():
    gymapi.AssetOptions().fixed = True


@rule
def wrong_type_of_a_field():
    gymapi.SimParams().dt = "1/60"


@rule
def engine_of_another_kind():
    scene = Scene()
    scene.gym.create_sim(0, 0, gymapi.SIM_FLEX, scene.params)


@rule
def pipeline_without_gpu():
    scene = Scene()
    scene.params.use_gpu_pipeline = False
    scene.gym.create_sim(0, 0, gymapi.SIM_PHYSX, scene.params)


@rule
def actor_after_prepare():
    scene = Scene().prepare()
    scene.gym.create_actor(scene.env, scene.asset, BALL, "ball", 0, 1, 0)


@rule
def camera_without_graphics():
    Scene(graphics=-1).look()


@rule
def prepared_twice():
    scene = Scene().prepare()
    scene.gym.prepare_sim(scene.sim)


@rule
def set_before_prepare():
    scene = Scene()
    scene.set_root(torch.zeros(1, 13), ACTORS)


@rule
def acquired_before_prepare():
    scene = Scene()
    scene.gym.acquire_dof_state_tensor(scene.sim)


@rule
def read_before_refresh():
    float(Scene().prepare().root[0, 2])


@rule
def view_read_before_refresh():
    Scene().prepare().root.view(1, 1, 13)[0].clone()


@rule
def read_after_the_next_step():
    scene = Scene().prepare()
    scene.gym.refresh_actor_root_state_tensor(scene.sim)
    scene.step()
    float(scene.root[0, 2])


@rule
def refreshed_before_fetch():
    scene = Scene().prepare()
    scene.gym.simulate(scene.sim)
    scene.gym.refresh_actor_root_state_tensor(scene.sim)


@rule
def simulated_twice():
    scene = Scene().prepare()
    scene.gym.simulate(scene.sim)
    scene.gym.simulate(scene.sim)


@rule
def graphics_before_fetch():
    scene = Scene().look().prepare()
    scene.gym.simulate(scene.sim)
    scene.gym.step_graphics(scene.sim)


@rule
def drawn_before_graphics():
    scene = Scene().look().prepare()
    scene.gym.render_all_camera_sensors(scene.sim)


@rule
def access_before_drawing():
    scene = Scene().look().prepare()
    scene.gym.start_access_image_tensors(scene.sim)


@rule
def image_read_outside_access():
    scene = Scene().look().prepare()
    scene.gym.step_graphics(scene.sim)
    scene.gym.render_all_camera_sensors(scene.sim)
    scene.image().clone()


@rule
def access_ended_without_start():
    scene = Scene().look().prepare()
    scene.gym.end_access_image_tensors(scene.sim)


@rule
def simulated_while_accessed():
    scene = Scene().look().prepare()
    scene.gym.step_graphics(scene.sim)
    scene.gym.render_all_camera_sensors(scene.sim)
    scene.gym.start_access_image_tensors(scene.sim)
    scene.step()


@rule
def freed_tensor():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13), ACTORS)
    scene.step()


@rule
def wrong_shape():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(2, 13), ACTORS)


@rule
def wrong_dtype():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13, dtype=torch.int64), ACTORS)


@rule
def wrong_dtype_of_actors():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13), ACTORS.long())


@rule
def wrong_device():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13, device="meta"), ACTORS)


@rule
def no_such_actor():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13), ACTORS + 1)


@rule
def wrong_count_of_actors():
    scene = Scene().prepare()
    scene.set_root(torch.zeros(1, 13), ACTORS, 2)


@rule
def not_contiguous():
    gymtorch.unwrap_tensor(torch.zeros(13, 2).t())


@rule
def unsupported_dtype():
    gymtorch.unwrap_tensor(torch.zeros(2, dtype=torch.float64))


@rule
def used_after_destruction():
    scene = Scene().prepare()
    scene.gym.destroy_sim(scene.sim)
    scene.gym.simulate(scene.sim)


@rule
def torch_before_isaacgym():
    for name in [name for name in sys.modules if name.startswith("isaacgym")]:
        del sys.modules[name]
    import isaacgym.gymapi  # noqa: F401


def said(function):
    """Return what a rule's breach was answered with, or None."""
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    # The order matters only in that the last one cannot be undone.
    sys.stderr.write(json.dumps({name: said(function) for name, function in RULES.items()}))
