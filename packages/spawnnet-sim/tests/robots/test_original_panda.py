import numpy as np
import pytest

from spawnnet_sim.robots.original_panda import original_panda
from spawnnet_sim.robots.panda import PANDA

ROBOT = original_panda(height=0.5)


def test_it_stands_and_starts_as_in_the_original_release() -> None:
    assert ROBOT.root_position == (0.6, 0.0, 0.5)
    assert ROBOT.root_quaternion == (0.0, 0.0, 0.0, 1.0)  # half a turn about z
    # 0.3 (lower + upper): joints whose limits are symmetric start at 0, fingers open.
    expected = [0, 0, 0, 0, 0, -0.94248, 0, 1.1205, 0, 0.04, 0.04]
    np.testing.assert_allclose(ROBOT.home, expected, atol=1e-5)
    assert original_panda(height=0.4).root_position[2] == 0.4


def test_its_drives_are_those_of_the_original_release() -> None:
    gains = [joint.gains for joint in ROBOT.joints[ROBOT.driven]]
    assert gains == [(400.0, 40.0)] * 9
    np.testing.assert_array_equal(ROBOT.effort, [100, 50, *[87] * 4, *[12] * 3, 100, 100])
    np.testing.assert_array_equal(ROBOT.lower, PANDA.lower)
    np.testing.assert_array_equal(ROBOT.upper, PANDA.upper)


def test_its_starts_differ_by_one_small_action() -> None:
    assert max(ROBOT.start_spread) == pytest.approx(0.01 / 3)
    assert ROBOT.start_spread[9:] == (0.0, 0.0)
