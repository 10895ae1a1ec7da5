from collections.abc import Callable

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.robots.fingertips import (
    finger_gap,
    finger_gap_velocity,
    tip_position,
    tip_velocity,
)
from spawnnet_sim.robots.panda import PANDA

MakeState = Callable[..., State]


def test_the_tip_is_13_cm_before_the_hand_and_turns_with_it(make_state: MakeState) -> None:
    velocity = np.tile([0.1, 0.0, 0.0, 0.0, 2.0, 0.0], (2, 1))
    state = make_state(hand_velocity=velocity)
    np.testing.assert_allclose(tip_position(PANDA, state), np.tile([0, 0, 0.13], (2, 1)))
    np.testing.assert_allclose(tip_velocity(PANDA, state), np.tile([0.1 + 0.26, 0, 0], (2, 1)))


def test_the_gap_is_the_way_of_both_fingers(make_state: MakeState) -> None:
    positions, velocities = np.zeros((2, 11)), np.zeros((2, 11))
    positions[1, 9:], velocities[1, 9:] = (0.01, 0.03), (0.2, -0.3)
    state = make_state(joint_positions=positions, joint_velocities=velocities)
    np.testing.assert_allclose(finger_gap(PANDA, state), [0.0, 0.04])
    np.testing.assert_allclose(finger_gap_velocity(PANDA, state), [0.0, -0.1])
