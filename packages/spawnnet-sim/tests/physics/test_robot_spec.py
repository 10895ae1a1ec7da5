from dataclasses import replace

import numpy as np

from spawnnet_sim.robots.panda import PANDA


def test_driven_joints_come_first_and_fingers_last() -> None:
    assert [joint.name for joint in PANDA.joints[PANDA.effort_driven]] == list(PANDA.fingers)
    assert (PANDA.num_joints, PANDA.num_driven, len(PANDA.links)) == (11, 9, 12)
    assert PANDA.link_names[PANDA.hand_index] == PANDA.hand
    assert PANDA.hand not in {joint.name for joint in PANDA.joints}  # it is fixed to the last link


def test_limits_and_efforts_are_those_of_the_joints() -> None:
    assert (PANDA.lower < PANDA.upper).all()
    np.testing.assert_array_equal(PANDA.effort[PANDA.effort_driven], [70.0, 70.0])


def test_a_changed_robot_has_arrays_of_its_own() -> None:
    assert PANDA.home[5] == -1.8
    other = replace(PANDA, start_pose=tuple(0.5 * PANDA.home))
    assert other.home[5] == -0.9
