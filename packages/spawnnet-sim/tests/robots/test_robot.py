import numpy as np
import pytest

from spawnnet_sim.robots.control import TipControl
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.robot import Robot

CONTROL = TipControl(PANDA, timestep=0.05)


def test_starts_surround_the_home_pose_within_the_limits() -> None:
    robot = Robot(PANDA, CONTROL)
    starts = np.array([robot.start(np.random.default_rng(seed)) for seed in range(50)])
    assert (starts >= PANDA.lower).all()
    assert (starts <= PANDA.upper).all()
    assert np.ptp(starts[:, :9], axis=0).min() > 0.05
    quiet = Robot(PANDA, CONTROL, start_noise=0.0).start(np.random.default_rng(0))
    np.testing.assert_array_equal(quiet, PANDA.home)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_start_is_determined_by_its_generator(seed: int) -> None:
    robot = Robot(PANDA, CONTROL)
    first, second = (robot.start(np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
