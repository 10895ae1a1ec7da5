from collections.abc import Callable

import numpy as np
import pytest

from spawnnet_sim import State
from spawnnet_sim.robots import panda
from spawnnet_sim.robots.robot import (
    PROPRIOCEPTION_DIM,
    Robot,
    original_proprioception,
    proprioception,
    tip_position,
    tip_velocity,
)

HAND = panda.LINK_NAMES.index("hand")
MakeState = Callable[..., State]


def test_an_action_moves_targets_by_the_step_and_scales_efforts(make_state: MakeState) -> None:
    actions = np.zeros((2, 11), np.float32)
    actions[0, [0, 4, 9]] = (0.5, -1.0, 1.0)
    actions[1, [1, 10]] = (-0.25, -0.5)
    targets, efforts = Robot(step=0.04).controls(actions, make_state())
    moved = targets - panda.HOME[:9]
    np.testing.assert_allclose(moved[0], [0.02, 0, 0, 0, -0.04, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(moved[1], [0, -0.01, 0, 0, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(efforts, [[70, 0], [0, -35]])


def test_targets_stay_within_the_limits_of_the_joints(make_state: MakeState) -> None:
    state = make_state(targets=np.tile(panda.UPPER[:9] - 0.01, (2, 1)))
    targets, _ = Robot(step=0.04).controls(np.ones((2, 11), np.float32), state)
    np.testing.assert_array_equal(targets, np.tile(panda.UPPER[:9], (2, 1)))


def test_proprioception_has_the_columns_of_the_table(make_state: MakeState) -> None:
    links = np.zeros((2, len(panda.LINK_NAMES), 3))
    links[:, HAND] = np.add(panda.ROOT_POSITION, (-0.5, 0.1, 0.7))
    turns = np.tile(np.eye(3), (2, len(panda.LINK_NAMES), 1, 1))
    turns[:, HAND] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]  # a quarter turn about z
    positions = np.tile(panda.LOWER + 0.75 * (panda.UPPER - panda.LOWER), (2, 1))
    state = make_state(
        joint_positions=positions,
        joint_velocities=np.tile(np.arange(11.0), (2, 1)),
        link_positions=links,
        link_rotations=turns,
        hand_velocity=np.tile(np.arange(6.0) + 20, (2, 1)),
    )
    actions = np.tile(np.linspace(-1, 1, 11, dtype=np.float32), (2, 1))
    found = proprioception(state, actions)
    expected = [
        *[0.5] * 9,
        *range(9),
        *(0.75, 0.75),
        *(-0.5, 0.1, 0.7),
        *(0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)),
        *range(20, 26),
        *np.linspace(-1, 1, 11)[:9],
    ]
    assert found.dtype == np.float32
    assert found.shape == (2, PROPRIOCEPTION_DIM)
    np.testing.assert_allclose(found, [expected, expected], atol=1e-6)


def test_the_tip_is_13_cm_before_the_hand_and_turns_with_it(make_state: MakeState) -> None:
    velocity = np.tile([0.1, 0.0, 0.0, 0.0, 2.0, 0.0], (2, 1))
    state = make_state(hand_velocity=velocity)
    np.testing.assert_allclose(tip_position(state), np.tile([0, 0, 0.13], (2, 1)))
    np.testing.assert_allclose(tip_velocity(state), np.tile([0.1 + 0.26, 0, 0], (2, 1)))


def test_starts_surround_the_home_pose_within_the_limits() -> None:
    robot = Robot(step=0.04)
    starts = np.array([robot.start(np.random.default_rng(seed)) for seed in range(50)])
    assert (starts >= panda.LOWER).all()
    assert (starts <= panda.UPPER).all()
    assert np.ptp(starts[:, :9], axis=0).min() > 0.05
    quiet = Robot(step=0.04, start_noise=0.0).start(np.random.default_rng(0))
    np.testing.assert_array_equal(quiet, panda.HOME)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_start_is_determined_by_its_generator(seed: int) -> None:
    robot = Robot(step=0.04)
    first, second = (robot.start(np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_original_vector_adds_what_only_a_simulator_knows(make_state: MakeState) -> None:
    state = make_state(part_position=np.array([0.0, 0.07]), part_velocity=np.array([0.2, -0.3]))
    actions = np.tile(np.linspace(-1, 1, 11, dtype=np.float32), (2, 1))
    found = original_proprioception(state, actions, np.array([False, True]))
    ours = proprioception(state, actions)
    assert found.shape == (2, 49)
    same = [*range(18), *range(20, 42)]
    np.testing.assert_array_equal(found[:, same], ours[:, same])
    np.testing.assert_allclose(found[:, [18, 19]], [[0.0, 0.2], [0.07, -0.3]], atol=1e-7)
    assert found[:, 42].tolist() == [0.0, 1.0]
    assert not found[:, 43:].any()
