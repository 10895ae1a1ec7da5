"""What reads a robot follows its description: everything, on a robot that differs in all of it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetEnv,
    CabinetsConfig,
    CamerasConfig,
    EnvironmentConfig,
    Link,
    MujocoConfig,
    RobotConfig,
    RobotSpec,
    Scene,
    SceneTemplate,
    State,
    create_environment,
    generate_cabinets,
    list_scenes,
    register_scene,
)
from spawnnet_sim.mujoco.layout import common_layout
from spawnnet_sim.mujoco.model import build_model
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.progress import handle_distance
from spawnnet_sim.tasks.task import DrawerRules
from spawnnet_sim.tools.evaluation import evaluate_expert

NAMES = {"slide": "rail", "hand": "palm", "left_finger": "thumb", "right_finger": "index"}


def changed(link: Link) -> Link:
    """Rename links, and give joints other limits, efforts and drives."""
    finger = {"limits": (0.0, 0.045), "effort": 90.0} if "finger" in link.name else {}
    drive = {"gains": (300.0, 45.0)} if link.name.startswith("link") else {}
    other = replace(link, **finger, **drive)  # type: ignore[arg-type]
    if link.name == "link1":
        other = replace(other, limits=(-1.5, 2.0), effort=60.0)
    names = {key: NAMES.get(getattr(link, key), getattr(link, key)) for key in ("name", "parent")}
    return replace(other, **names)


def other_robot() -> RobotSpec:
    """A Panda elsewhere, with other names, limits, drives and fingers, and a fixed link more."""
    foot = replace(PANDA.links[0], name="foot", parent="root", joint=None)
    home = PANDA.home.copy()
    home[-2:] = 0.045
    return RobotSpec(
        links=(foot, *map(changed, PANDA.links)),
        root_position=(0.98, 0.02, 0.22),
        root_quaternion=PANDA.root_quaternion,
        start_pose=tuple(home.tolist()),
        start_spread=(0.02, *[0.05] * 8, 0.0, 0.0),
        hand="palm",
        fingers=("thumb", "index"),
        tip_offset=0.12,
        finger_length=0.06,
    )


ROBOT = other_robot()
if "other-robot" not in list_scenes():
    register_scene("other-robot", SceneTemplate({"slide": ROBOT, "hinge": ROBOT}))
CONFIG = EnvironmentConfig(
    scene="other-robot",
    cabinets=CabinetsConfig(count=4),
    cameras=CamerasConfig(views=()),
    episode_steps=6,
)


@pytest.fixture(scope="module", params=[0, 2], ids=["here", "workers"])
def envs(request: pytest.FixtureRequest) -> Iterator[CabinetEnv]:
    config = replace(CONFIG, engine=MujocoConfig(workers=request.param))
    with closing(create_environment(config)) as environment:
        yield environment


def states(envs: CabinetEnv, steps: int = 5) -> tuple[State, State]:
    rng = np.random.default_rng(0)
    envs.reset(seed=1)
    before = envs.privileged_state()
    for _ in range(steps):
        observation = envs.step(rng.uniform(-1, 1, (4, 11)).astype(np.float32))[0]
    assert observation in envs.observation_space
    return before, envs.privileged_state()


def test_spaces_and_names_are_those_of_the_robot(envs: CabinetEnv) -> None:
    assert envs.action_names == (
        "rail",
        "base",
        *(f"link{i}" for i in range(1, 8)),
        "thumb",
        "index",
    )
    assert len(envs.proprioception_names) == 3 * 9 + 15
    assert "position.thumb" in envs.proprioception_names


def test_it_starts_and_stays_within_its_own_limits(envs: CabinetEnv) -> None:
    before, after = states(envs)
    assert np.abs(before.joint_positions - ROBOT.home).max() <= 0.05 + 1e-12
    assert (before.joint_positions[:, -2:] == 0.045).all()
    assert (after.targets <= ROBOT.upper[:9]).all()
    assert (np.abs(after.efforts) <= 90.0).all()
    assert np.abs(after.efforts).max() > 70.0
    np.testing.assert_array_equal(after.root_position, np.tile((0.98, 0.02, 0.22), (4, 1)))


def test_the_camera_of_the_hand_moves_with_its_hand() -> None:
    cabinets = generate_cabinets("drawer-train-v1", 1)
    scene = Scene(ROBOT, cabinets, ("wrist",), (24, 40))
    model = build_model(scene, common_layout(cabinets), cabinets)
    assert model.body(model.camera("wrist").bodyid[0]).name == "palm"


def test_fingertips_and_stage_are_those_of_its_hand(envs: CabinetEnv) -> None:
    _, state = states(envs)
    palm = ROBOT.link_names.index("palm")
    tip = state.link_positions[:, palm] + 0.12 * state.link_rotations[:, palm, :, 2]
    np.testing.assert_allclose(tip_position(ROBOT, state), tip)
    np.testing.assert_array_equal(
        DrawerRules().stage(ROBOT, state), handle_distance(ROBOT, state) <= 0.12
    )
    thumb = ROBOT.link_names.index("thumb")
    np.testing.assert_array_equal(state.finger_poses[:, 0, :3], state.link_positions[:, thumb])


@pytest.mark.parametrize("control", ["joints", "tip"])
@pytest.mark.parametrize("task", ["open_drawer", "open_door"])
def test_control_and_expert_open_cabinets_with_it(task: str, control: str) -> None:
    robot = RobotConfig(control=control, proprioception="tip")  # type: ignore[arg-type]
    config = replace(CONFIG, task=task, robot=robot, episode_steps=64)
    assert evaluate_expert(config, episodes=4).rate == 1.0
