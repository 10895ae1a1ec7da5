from collections.abc import Callable

import numpy as np

from spawnnet_sim import CabinetEnv, State
from spawnnet_sim.robots.original_panda import original_panda
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.proprioception import (
    TIP_NAMES,
    original_names,
    original_proprioception,
    proprioception,
    proprioception_names,
    tip_proprioception,
)

HAND = PANDA.hand_index
MakeState = Callable[..., State]


def test_proprioception_has_the_columns_of_the_table(make_state: MakeState) -> None:
    links = np.zeros((2, len(PANDA.links), 3))
    links[:, HAND] = np.add(PANDA.root_position, (-0.5, 0.1, 0.7))
    turns = np.tile(np.eye(3), (2, len(PANDA.links), 1, 1))
    turns[:, HAND] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]  # a quarter turn about z
    positions = np.tile(PANDA.lower + 0.75 * (PANDA.upper - PANDA.lower), (2, 1))
    state = make_state(
        joint_positions=positions,
        joint_velocities=np.tile(np.arange(11.0), (2, 1)),
        link_positions=links,
        link_rotations=turns,
        hand_velocity=np.tile(np.arange(6.0) + 20, (2, 1)),
    )
    actions = np.tile(np.linspace(-1, 1, 11, dtype=np.float32), (2, 1))
    vector = proprioception(PANDA, state, actions[:, :9])
    expected = [
        *[0.5] * 9,
        *range(9),
        *(0.75, 0.75),
        *(-0.5, 0.1, 0.7),
        *(0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)),
        *range(20, 26),
        *np.linspace(-1, 1, 11)[:9],
    ]
    assert vector.dtype == np.float32
    assert vector.shape == (2, len(proprioception_names(PANDA, ["a"] * 9))) == (2, 42)
    np.testing.assert_allclose(vector, [expected, expected], atol=1e-6)


def test_the_original_vector_adds_what_only_a_simulator_knows(make_state: MakeState) -> None:
    state = make_state(part_position=np.array([0.0, 0.07]), part_velocity=np.array([0.2, -0.3]))
    actions = np.tile(np.linspace(-1, 1, 11, dtype=np.float32), (2, 1))
    vector = original_proprioception(PANDA, state, actions[:, :9], np.array([False, True]))
    ours = proprioception(PANDA, state, actions[:, :9])
    assert vector.shape == (2, len(original_names(PANDA))) == (2, 49)
    assert original_names(PANDA)[18:20] == ("cabinet.position", "cabinet.velocity")
    assert original_names(PANDA)[42] == "stage"
    same = [*range(18), *range(20, 42)]
    np.testing.assert_array_equal(vector[:, same], ours[:, same])
    np.testing.assert_allclose(vector[:, [18, 19]], [[0.0, 0.2], [0.07, -0.3]], atol=1e-7)
    assert vector[:, 42].tolist() == [0.0, 1.0]
    assert not vector[:, 43:].any()


def test_the_fingertips_vector_has_the_columns_of_the_table(make_state: MakeState) -> None:
    links = np.zeros((2, len(PANDA.links), 3))
    links[:, HAND] = np.add(PANDA.root_position, (-0.5, 0.1, 0.7))
    turns = np.tile(np.eye(3), (2, len(PANDA.links), 1, 1))
    turns[:, HAND] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]  # a quarter turn about z
    positions, velocities = np.zeros((2, 11)), np.zeros((2, 11))
    positions[:, 9:], velocities[:, 9:] = (0.01, 0.02), (-0.1, -0.3)
    state = make_state(
        joint_positions=positions,
        joint_velocities=velocities,
        link_positions=links,
        link_rotations=turns,
        hand_velocity=np.tile([0.1, 0.2, 0.3, 0.0, 2.0, 0.0], (2, 1)),
    )
    expected = [
        *(-0.5, 0.1, 0.7 + 0.13),
        *(0.0, 0.0, 1.0),
        *(-1.0, 0.0, 0.0),
        *(0.1 + 0.26, 0.2, 0.3),
        *(0.0, 2.0, 0.0),
        *(0.03, -0.4),
    ]
    vector = tip_proprioception(PANDA, state)
    assert vector.dtype == np.float32
    assert vector.shape == (2, len(TIP_NAMES)) == (2, 17)
    np.testing.assert_allclose(vector, [expected, expected], atol=1e-6)


def test_the_original_quaternion_follows_the_joints_without_a_jump(blind: CabinetEnv) -> None:
    robot = original_panda(0.5)
    blind.reset(seed=0)
    states = []
    for turn in np.linspace(-0.6, 0.6, 25):  # of a joint, through a jump of ours
        positions = np.tile(robot.home, (blind.num_envs, 1))
        positions[:, 5] += turn
        blind._physics.reset(np.ones(blind.num_envs, bool), positions)
        states.append(blind.privileged_state())
    stage = np.zeros(blind.num_envs, bool)
    motions = np.zeros((blind.num_envs, 9), np.float32)
    theirs = np.stack([original_proprioception(robot, s, motions, stage) for s in states])
    ours = np.stack([proprioception(robot, s, motions) for s in states])
    assert np.abs(np.diff(theirs[..., 23:27], axis=0)).max() < 0.05
    assert np.abs(np.diff(ours[..., 23:27], axis=0)).max() > 0.5
    np.testing.assert_allclose(np.abs(theirs[..., 23:27]), np.abs(ours[..., 23:27]), atol=1e-6)
