from contextlib import closing
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    EnvironmentConfig,
    RobotConfig,
    SceneTemplate,
    create_environment,
    environment_config,
    generate_cabinets,
    register_scene,
)
from spawnnet_sim.cabinets.placement import extent
from spawnnet_sim.factory import blind
from spawnnet_sim.mujoco.layout import common_layout
from spawnnet_sim.mujoco.model import build_model
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.scenes import SCENES
from spawnnet_sim.tools.evaluation import evaluate_expert

ORIGINAL = EnvironmentConfig(
    scene="original",
    cabinets=CabinetsConfig(count=2),
    cameras=CamerasConfig(("middle",), (24, 40)),
    control_frequency=60,
    episode_steps=4,
)


def test_the_original_scene_has_the_original_s_robot_for_each_task() -> None:
    for task, height in (("open_drawer", 0.5), ("open_door", 0.4)):
        with closing(create_environment(replace(blind(ORIGINAL), task=task))) as envs:
            assert envs.robot.root_position == (0.6, 0.0, height)
            envs.reset(seed=0)
            state = envs.privileged_state()
            np.testing.assert_allclose(state.root_position, np.tile((0.6, 0.0, height), (2, 1)))
            assert np.abs(state.joint_positions - envs.robot.home).max() <= 0.01 / 3 + 1e-12


def test_cabinets_of_the_original_scene_hover_behind_the_origin() -> None:
    with closing(create_environment(blind(ORIGINAL))) as envs:
        for cabinet in envs._physics.scene.cabinets:
            lower, upper = extent(cabinet)
            assert 0.4 < lower[2] < 0.6
            assert -0.15 < upper[0] < -0.05


def test_a_red_ball_is_always_in_the_original_scene_at_its_depth() -> None:
    with closing(create_environment(blind(ORIGINAL))) as envs:
        physics = envs._physics
        assert isinstance(physics, MujocoPhysics)
        envs.reset(seed=0)
        balls = np.array([model.geom("ball").pos for model in physics._batch.models])
        envs.reset(seed=1)
        others = np.array([model.geom("ball").pos for model in physics._batch.models])
    np.testing.assert_array_equal(balls[:, 0], [-0.2, -0.2])
    assert (balls[:, 1] != others[:, 1]).all()


def test_the_original_s_spring_has_a_largest_force() -> None:
    """A drawer that stands open is drawn shut by 30 N/m, but by at most 4 N."""
    template, cabinets = SCENES.lookup("original"), generate_cabinets("drawer-train-v1", 1)
    forces = []
    for drive in (template.part_drive, SCENES.lookup("reach").part_drive):
        scene = Scene(PANDA, cabinets, part_drive=drive)
        model = build_model(scene, common_layout(cabinets), cabinets)
        assert model.dof_frictionloss[PANDA.num_joints] == 2.0
        data = mujoco.MjData(model)
        for opening in (0.1, 0.2):
            data.qpos[PANDA.num_joints] = opening
            mujoco.mj_forward(model, data)
            forces.append(float(data.qfrc_actuator[PANDA.num_joints]))
    np.testing.assert_allclose(forces, [-3.0, -4.0, -3.0, -6.0])


def test_a_third_scene_is_one_entry() -> None:
    lower = replace(PANDA, root_position=(0.95, 0.0, 0.15))
    register_scene("near", SceneTemplate({"slide": lower, "hinge": PANDA}, physics_frequency=960))
    config = replace(blind(ORIGINAL), scene="near", control_frequency=20, episode_steps=64)
    with pytest.raises(ValueError, match=r"scene: 'nea' is unknown. Did you mean 'near'"):
        replace(config, scene="nea")
    with closing(create_environment(config)) as envs:
        assert envs.robot is lower
        physics = envs._physics
        assert isinstance(physics, MujocoPhysics)
        assert physics._batch.models[0].opt.timestep == 1 / 960
    assert evaluate_expert(config, episodes=2).rate == 1.0


def test_the_control_frequency_divides_that_of_the_scene() -> None:
    with pytest.raises(ValueError, match="control_frequency: must be a divisor of 120, got 80"):
        replace(ORIGINAL, control_frequency=80)
    assert replace(ORIGINAL, scene="reach", control_frequency=80).scene == "reach"


def test_an_engine_may_take_finer_steps_than_the_scene() -> None:
    scene = Scene(PANDA, generate_cabinets("drawer-train-v1", 1), physics_frequency=120)
    with closing(MujocoPhysics(scene)) as physics:
        assert physics._batch.models[0].opt.timestep == 1 / 480
        physics.step(PANDA.home[None, :9], np.zeros((1, 2)))
        assert float(physics._batch.bind("time")[0]) == pytest.approx(scene.control_timestep)


def test_the_observation_is_the_original_s_under_its_option() -> None:
    robot = RobotConfig(action_speed=20.0, original_observation=True)
    with closing(create_environment(replace(blind(ORIGINAL), robot=robot))) as envs:
        proprioception = envs.reset(seed=0)[0]["proprioception"]
        assert proprioception.shape == (2, 49)
        middle = 2 * (PANDA.home * 0 + 0.3 * (PANDA.lower + PANDA.upper) - PANDA.lower)
        expected = middle / (PANDA.upper - PANDA.lower) - 1
        np.testing.assert_allclose(proprioception[:, :9], [expected[:9]] * 2, atol=0.025)
        np.testing.assert_array_equal(proprioception[:, 43:], 0.0)
        assert envs.proprioception_names[18:20] == ("cabinet.position", "cabinet.velocity")


@pytest.mark.parametrize("control", ["joints", "tip"])
def test_the_expert_also_opens_cabinets_in_the_original_scene(control: str) -> None:
    config = environment_config("open_door", profile="paper", cabinets=CabinetsConfig(count=3))
    robot = RobotConfig(control=control, action_speed=20.0)  # type: ignore[arg-type]
    config = replace(config, robot=robot)
    assert evaluate_expert(config, episodes=3).rate == 1.0
