from collections.abc import Callable
from contextlib import closing

import numpy as np

from spawnnet_sim import generate_cabinets
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.kinematics import (
    DAMPING,
    braked_targets,
    hand_jacobian,
    joint_velocities,
)
from spawnnet_sim.robots.original_panda import BRAKE, original_panda
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import rotation_vector
from spawnnet_sim.tasks.state import State

HAND = PANDA.hand_index
STEP = 1e-5


def test_the_jacobian_equals_finite_differences() -> None:
    rng = np.random.default_rng(0)
    lower, upper = PANDA.lower + 0.1 * PANDA.upper.clip(0), PANDA.upper * 0.9
    base = rng.uniform(np.minimum(lower, upper), np.maximum(lower, upper))
    moved = np.tile(base, (9, 1)) + STEP * np.eye(9, 11)  # environment j moves joint j
    physics = MujocoPhysics(Scene(PANDA, generate_cabinets("drawer-train-v1", 9)))
    with closing(physics):
        physics.reset(np.ones(9, bool), np.tile(base, (9, 1)))
        before = physics.state()
        physics.reset(np.ones(9, bool), moved)
        after = physics.state()
    jacobian = hand_jacobian(PANDA, before, tip_position(PANDA, before))[0]
    linear = (tip_position(PANDA, after) - tip_position(PANDA, before)) / STEP
    turned = after.link_rotations[:, HAND] @ before.link_rotations[:, HAND].transpose(0, 2, 1)
    np.testing.assert_allclose(jacobian[:3].T, linear, atol=1e-4)
    np.testing.assert_allclose(jacobian[3:].T, rotation_vector(turned) / STEP, atol=1e-4)


def test_the_velocities_of_the_joints_give_the_twist_up_to_the_damping(
    make_state: Callable[..., State],
) -> None:
    rng = np.random.default_rng(1)
    jacobian = rng.standard_normal((2, 6, 9))
    twist = rng.standard_normal((2, 6))
    driven = joint_velocities(PANDA, jacobian, twist, make_state())
    achieved = np.einsum("nij,nj->ni", jacobian, driven)
    np.testing.assert_allclose(achieved, twist, atol=20 * DAMPING**2)


def test_a_robot_that_holds_its_hand_still_moves_towards_its_home_pose(
    make_state: Callable[..., State],
) -> None:
    jacobian = np.random.default_rng(2).standard_normal((2, 6, 9))
    away = make_state(joint_positions=np.tile(PANDA.home + 0.1, (2, 1)))
    driven = joint_velocities(PANDA, jacobian, np.zeros((2, 6)), away)
    assert (driven.sum(axis=1) < 0).all()


def test_others_make_up_for_joints_that_sway(make_state: Callable[..., State]) -> None:
    robot = original_panda(height=0.5)
    jacobian = np.random.default_rng(3).standard_normal((2, 6, 9))
    swaying = np.array([[0.3, -0.2, *[0.0] * 9], [0.0] * 11])
    state = make_state(joint_velocities=swaying, joint_positions=np.tile(robot.home, (2, 1)))
    driven = joint_velocities(robot, jacobian, np.zeros((2, 6)), state)
    measured = np.concatenate([swaying[:, :2], driven[:, 2:]], axis=1)
    still = np.einsum("nij,nj->ni", jacobian, measured)
    np.testing.assert_allclose(still, 0.0, atol=20 * DAMPING**2)
    assert np.abs(driven[0, 2:]).max() > 0.01
    np.testing.assert_allclose(driven[:, :2], 0.0, atol=1e-12)  # they shall stand still


def test_a_swaying_joint_is_braked(make_state: Callable[..., State]) -> None:
    robot = original_panda(height=0.5)
    velocities = np.zeros((2, 11))
    velocities[:, 0] = 0.1
    state = make_state(joint_velocities=velocities, joint_positions=np.tile(robot.home, (2, 1)))
    targets = braked_targets(robot, np.zeros((2, 9)), state)
    np.testing.assert_allclose(targets[:, 0], robot.home[0] - 0.1 * BRAKE)
    np.testing.assert_allclose(targets[:, 2:], np.tile(robot.home[2:9], (2, 1)))
