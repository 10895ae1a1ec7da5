from collections.abc import Callable
from contextlib import closing

import numpy as np
import pytest

from spawnnet_sim import State, generate_cabinets
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.control import Control, JointControl, TipControl
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import rotation_vector

MakeState = Callable[..., State]
JOINTS = JointControl(PANDA, step=0.04, timestep=0.05)
TIP = TipControl(PANDA, timestep=0.05)


def test_a_joint_action_moves_targets_by_the_step_and_scales_efforts(
    make_state: MakeState,
) -> None:
    actions = np.zeros((2, 11), np.float32)
    actions[0, [0, 4, 9]] = (0.5, -1.0, 1.0)
    actions[1, [1, 10]] = (-0.25, -0.5)
    targets, efforts = JOINTS.controls(actions, make_state())
    moved = targets - PANDA.home[:9]
    np.testing.assert_allclose(moved[0], [0.02, 0, 0, 0, -0.04, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(moved[1], [0, -0.01, 0, 0, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(efforts, [[70, 0], [0, -35]])


@pytest.mark.parametrize(("control", "width"), [(JOINTS, 11), (TIP, 7)])
def test_targets_stay_within_the_limits_of_the_joints(
    make_state: MakeState, control: Control, width: int
) -> None:
    at_limit = np.tile(PANDA.upper - 1e-4, (2, 1))
    state = make_state(targets=at_limit[:, :9], joint_positions=at_limit)
    targets, _ = control.controls(np.ones((2, width), np.float32), state)
    assert (targets <= PANDA.upper[:9]).all()
    assert (targets >= PANDA.lower[:9]).all()
    assert len(control.action_names) == width


# One axis at a time, and all at once; an action of 1 is 0.4 m/s or 1.4 rad/s.
@pytest.mark.parametrize("axis", range(6))
def test_the_tip_has_moved_by_velocity_times_timestep_when_the_step_ends(axis: int) -> None:
    scene = Scene(PANDA, generate_cabinets("drawer-train-v1", 2))
    actions = np.zeros((2, 7), np.float32)
    actions[:, axis] = (0.3, -0.6)
    with closing(MujocoPhysics(scene)) as physics:
        physics.reset(np.ones(2, bool), np.tile(PANDA.home, (2, 1)))
        states = [physics.state()]
        for _ in range(5):  # the first steps gather speed
            physics.step(*TIP.controls(actions, states[-1]))
            states.append(physics.state())
    before, after = states[-2:]
    hands = [state.link_rotations[:, PANDA.hand_index] for state in (before, after)]
    turned = rotation_vector(hands[1] @ hands[0].transpose(0, 2, 1))
    moved = tip_position(PANDA, after) - tip_position(PANDA, before)
    asked = actions[:, :6] * 0.05 * np.array([0.4] * 3 + [1.4] * 3)
    np.testing.assert_allclose(
        np.concatenate([moved, turned], axis=1), asked, atol=0.15 * np.abs(asked).max()
    )


def test_a_tip_action_that_is_too_fast_for_a_joint_slows_all_of_them(
    make_state: MakeState,
) -> None:
    positions = np.tile(PANDA.home, (2, 1))
    state = make_state(joint_positions=positions)
    turn = np.array([[0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 0.01, 0.01, 0.01, 0]], np.float32)
    targets, _ = TIP.controls(turn, state)
    ahead = 0.05 / (1 - np.exp(-0.05 / PANDA.lag))
    speeds = np.abs((targets - positions[:, :9]) / ahead) / PANDA.speed[:9]
    assert speeds.max() <= 1.0 + 1e-9


def test_efforts_of_the_gripper_are_those_of_both_fingers(make_state: MakeState) -> None:
    actions = np.zeros((2, 7), np.float32)
    actions[:, 6] = (0.5, -1.0)
    _, efforts = TIP.controls(actions, make_state())
    np.testing.assert_allclose(efforts, [[35, 35], [-70, -70]])


def test_actions_ask_for_the_motion_and_keep_its_direction(make_state: MakeState) -> None:
    twist = np.array([[0.1, -0.2, 0.0, 0.0, 0.7, 0.0], [0.8, 0.4, 0.0, 2.8, 0.0, 1.4]])
    actions = TIP.actions(twist, np.array([0.3, -0.6]), make_state())
    expected = [[0.25, -0.5, 0, 0, 0.5, 0, 0.3], [1, 0.5, 0, 1, 0, 0.5, -0.6]]
    np.testing.assert_allclose(actions, expected, atol=1e-6)
    joints = JOINTS.actions(twist, np.array([0.3, -0.6]), make_state())
    assert joints.shape == (2, 11)
    assert np.abs(joints[:, :9]).max() <= 1.0
    np.testing.assert_allclose(joints[:, 9:], [[0.3, 0.3], [-0.6, -0.6]], atol=1e-6)
