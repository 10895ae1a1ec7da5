from collections.abc import Callable

import numpy as np

from spawnnet_sim import CabinetEnv, State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.privileged import privileged_dim, privileged_vector


def test_columns_are_what_the_docstring_says(make_state: Callable[..., State]) -> None:
    positions = np.tile((PANDA.lower + PANDA.upper) / 2, (2, 1))
    positions[1, 3] = PANDA.upper[3]
    state = make_state(
        joint_positions=positions,
        targets=positions[:, :9] + 0.25,
        hand_velocity=np.tile(np.arange(6.0), (2, 1)),
        part_position=np.array([0.1, 0.2]),
        part_velocity=np.array([0.3, 0.4]),
        handle_width=np.array([0.01, 0.03]),
        lever=np.array([0.5, 0.6]),
        is_hinge=np.array([True, True]),
    )
    vector = privileged_vector(PANDA, state)
    assert vector.shape == (2, privileged_dim(PANDA)) == (2, 66)
    assert vector.dtype == np.float32
    expected = np.zeros(11)
    expected[3] = 1.0
    np.testing.assert_allclose(vector[1, :11], expected, atol=1e-6)
    np.testing.assert_allclose(vector[:, 22:31], 0.25, atol=1e-6)
    np.testing.assert_allclose(vector[1, 34:40], np.arange(6))
    # The hand is at the origin, upright: the fingertips are 0.13 m above, the handle at x = -1.
    np.testing.assert_allclose(vector[0, 31:34], np.subtract((0, 0, 0.13), PANDA.root_position))
    np.testing.assert_allclose(vector[0, 40:46], [0, 1, 0, 0, 0, 1])
    np.testing.assert_allclose(vector[0, 46:49], [-1, 0, -0.13])
    np.testing.assert_allclose(vector[1, 61:], [0.6, 0.03, 1.0, 0.2, 0.4], atol=1e-6)


def test_the_rotation_to_the_grasp_is_what_is_left_to_turn(blind: CabinetEnv) -> None:
    blind.reset(seed=3)
    turn = privileged_vector(PANDA, blind.privileged_state())[:, 49:52]
    angles = np.linalg.norm(turn, axis=1)
    assert (angles > 0.1).all()  # the hand starts half-way between upright and level grasps
    assert (angles < np.pi / 2).all()
