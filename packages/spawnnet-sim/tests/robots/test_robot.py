from collections.abc import Callable

import numpy as np
import pytest

from spawnnet_sim import State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.robot import Robot, tip_position, tip_velocity

MakeState = Callable[..., State]


def test_an_action_moves_targets_by_the_step_and_scales_efforts(make_state: MakeState) -> None:
    actions = np.zeros((2, 11), np.float32)
    actions[0, [0, 4, 9]] = (0.5, -1.0, 1.0)
    actions[1, [1, 10]] = (-0.25, -0.5)
    targets, efforts = Robot(PANDA, step=0.04).controls(actions, make_state())
    moved = targets - PANDA.home[:9]
    np.testing.assert_allclose(moved[0], [0.02, 0, 0, 0, -0.04, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(moved[1], [0, -0.01, 0, 0, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(efforts, [[70, 0], [0, -35]])


def test_targets_stay_within_the_limits_of_the_joints(make_state: MakeState) -> None:
    state = make_state(targets=np.tile(PANDA.upper[:9] - 0.01, (2, 1)))
    targets, _ = Robot(PANDA, step=0.04).controls(np.ones((2, 11), np.float32), state)
    np.testing.assert_array_equal(targets, np.tile(PANDA.upper[:9], (2, 1)))


def test_the_tip_is_13_cm_before_the_hand_and_turns_with_it(make_state: MakeState) -> None:
    velocity = np.tile([0.1, 0.0, 0.0, 0.0, 2.0, 0.0], (2, 1))
    state = make_state(hand_velocity=velocity)
    np.testing.assert_allclose(tip_position(PANDA, state), np.tile([0, 0, 0.13], (2, 1)))
    np.testing.assert_allclose(tip_velocity(PANDA, state), np.tile([0.1 + 0.26, 0, 0], (2, 1)))


def test_starts_surround_the_home_pose_within_the_limits() -> None:
    robot = Robot(PANDA, step=0.04)
    starts = np.array([robot.start(np.random.default_rng(seed)) for seed in range(50)])
    assert (starts >= PANDA.lower).all()
    assert (starts <= PANDA.upper).all()
    assert np.ptp(starts[:, :9], axis=0).min() > 0.05
    quiet = Robot(PANDA, step=0.04, start_noise=0.0).start(np.random.default_rng(0))
    np.testing.assert_array_equal(quiet, PANDA.home)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_start_is_determined_by_its_generator(seed: int) -> None:
    robot = Robot(PANDA, step=0.04)
    first, second = (robot.start(np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
