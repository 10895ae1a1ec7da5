from collections.abc import Callable

import numpy as np
import pytest

from spawnnet_sim import State
from spawnnet_sim.robots.control import JointControl
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.task import DoorRules, DrawerRules, OpenCabinet

HAND = PANDA.hand_index
MakeState = Callable[..., State]


def test_the_reward_of_a_drawer_has_the_values_computed_by_hand(make_state: MakeState) -> None:
    # First environment: 0.5 m away, hand aligned, drawer closed. Second: on the handle, hand
    # aligned, 0.05 m open.
    turns = np.tile(np.eye(3), (2, len(PANDA.links), 1, 1))
    tip = np.array([0.0, 0.0, PANDA.tip_offset])
    state = make_state(
        link_rotations=turns,
        handle_position=np.stack([tip - (0.5, 0, 0), tip]),
        grip_axis=np.tile([0.0, 1.0, 0.0], (2, 1)),
        pull_axis=np.tile([0.0, 0.0, -1.0], (2, 1)),
        part_position=np.array([0.0, 0.05]),
    )
    # Grip along the hand's y: 1. Across the grip and the pull, y x -z = -x, opposed to the hand's
    # x: 1. So the orientation term is 1; reach is 1 / 1.25^2 = 0.64 in the first, 2 in the second.
    expected = [0.64 + 0.5 - 0.75, 2.0 + 0.5 + 20 * 0.05 - 0.75]
    np.testing.assert_allclose(DrawerRules().reward(PANDA, state), expected, rtol=1e-6)


def test_the_reward_of_a_door_has_the_values_computed_by_hand(make_state: MakeState) -> None:
    # Both on the handle, whose grip axis is the hand's x: gripped at right angles, 0. Across the
    # grip and the front, x x -z = y, at right angles to the hand's x: 0.
    tip = np.tile([0.0, 0.0, PANDA.tip_offset], (2, 1))
    state = make_state(
        handle_position=tip,
        grip_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
        front_axis=np.tile([0.0, 0.0, -1.0], (2, 1)),
        part_position=np.array([0.0, 0.3]),
        efforts=np.array([[70.0, 70.0], [0.0, -20.0]]),
    )
    expected = [2.0 - 0.07 - 0.75, 2.0 + 3.0 + 0.01 - 0.75]
    np.testing.assert_allclose(DoorRules().reward(PANDA, state), expected, rtol=1e-6)


def test_a_drawer_is_in_stage_within_twelve_centimetres(make_state: MakeState) -> None:
    tip = np.array([0.0, 0.0, PANDA.tip_offset])
    state = make_state(handle_position=np.add(tip, [[0, 0.119, 0], [0, 0.121, 0]]))
    assert DrawerRules().stage(PANDA, state).tolist() == [True, False]


def test_a_door_is_in_stage_with_the_handle_between_the_fingers(make_state: MakeState) -> None:
    tip = np.array([0.0, 0.0, PANDA.tip_offset])
    links = np.zeros((2, len(PANDA.links), 3))
    links[:, -2:, 1] = [[0.03, -0.03], [0.03, 0.01]]  # the second hand has both on one side
    state = make_state(handle_position=np.tile(tip, (2, 1)), link_positions=links)
    assert DoorRules().stage(PANDA, state).tolist() == [True, False]
    beyond = np.add(tip, [[0.04, 0, 0], [0, 0.04, 0]])
    aside = make_state(handle_position=beyond, link_positions=links)
    assert not DoorRules().stage(PANDA, aside).any()


@pytest.mark.parametrize("rules", [DrawerRules(), DoorRules()])
def test_success_is_an_opening_of_more_than_0_09(
    rules: DrawerRules | DoorRules, make_state: MakeState
) -> None:
    state = make_state(part_position=np.array([0.09, 0.0901]))
    task = OpenCabinet(Robot(PANDA, JointControl(PANDA, step=0.04, timestep=0.05)), rules)
    assert task.success(state).tolist() == [False, True]


def test_the_original_observation_is_wider_and_holds_the_stage(make_state: MakeState) -> None:
    tip = np.array([0.0, 0.0, PANDA.tip_offset])
    state = make_state(handle_position=np.stack([tip, tip + 1.0]))
    task = OpenCabinet(
        Robot(PANDA, JointControl(PANDA, step=0.04, timestep=0.05)),
        DrawerRules(),
        original_observation=True,
    )
    vector = task.proprioception(state, np.zeros((2, 11), np.float32))
    assert vector.shape == (2, len(task.proprioception_names)) == (2, 49)
    assert vector[:, 42].tolist() == [1.0, 0.0]
