from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from spawnnet_sim import RandomizationConfig, generate_cabinets
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.fingertips import tip_position, tip_velocity
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.grasps import Grasps
from spawnnet_sim.tasks.recent import Recent

N = 3


@pytest.fixture(scope="module")
def physics() -> Iterator[MujocoPhysics]:
    envs = MujocoPhysics(Scene(PANDA, generate_cabinets("drawer-train-v1", N)))
    with closing(envs):
        yield envs


def start(physics: MujocoPhysics) -> None:
    physics.reset(np.ones(N, bool), np.tile(PANDA.home, (N, 1)))


def test_a_reset_puts_robot_and_cabinet_at_rest(physics: MujocoPhysics) -> None:
    start(physics)
    physics.step(np.tile(PANDA.home[:9] + 0.2, (N, 1)), np.full((N, 2), -10.0))
    start(physics)
    state = physics.state()
    np.testing.assert_array_equal(state.joint_positions, np.tile(PANDA.home, (N, 1)))
    np.testing.assert_array_equal(state.targets, np.tile(PANDA.home[:9], (N, 1)))
    assert not state.joint_velocities.any()
    assert not state.part_position.any()


def test_a_masked_reset_leaves_the_other_environments_alone(physics: MujocoPhysics) -> None:
    start(physics)
    physics.step(np.tile(PANDA.home[:9] + 0.1, (N, 1)), np.zeros((N, 2)))
    before = physics.state()
    physics.reset(np.array([False, True, False]), np.tile(PANDA.home, (N, 1)))
    after = physics.state()
    np.testing.assert_array_equal(after.joint_positions[[0, 2]], before.joint_positions[[0, 2]])
    np.testing.assert_array_equal(after.joint_positions[1], PANDA.home)


def test_the_drives_reach_their_targets(physics: MujocoPhysics) -> None:
    start(physics)
    goal = np.tile(PANDA.home[:9] + 0.05 * np.array([1, -1, 1, 1, -1, 1, -1, -1, 1]), (N, 1))
    for _ in range(40):
        physics.step(goal, np.zeros((N, 2)))
    np.testing.assert_allclose(physics.state().joint_positions[:, :9], goal, atol=2e-3)


def test_the_hand_s_velocity_is_the_rate_of_its_position(physics: MujocoPhysics) -> None:
    start(physics)
    goal = np.tile(PANDA.home[:9] + 0.3, (N, 1))
    states = []
    for _ in range(6):
        physics.step(goal, np.zeros((N, 2)))
        states.append(physics.state())
    moved = tip_position(PANDA, states[5]) - tip_position(PANDA, states[3])
    before, between, after = (tip_velocity(PANDA, state) for state in states[3:])
    simpson = 2 * 0.05 * (before + 4 * between + after) / 6
    np.testing.assert_allclose(moved, simpson, atol=2e-3)
    assert np.abs(moved).max() > 0.05


def test_the_arrays_of_a_state_are_copies(physics: MujocoPhysics) -> None:
    start(physics)
    state = physics.state()
    kept = {name: array.copy() for name, array in vars(state).items()}
    physics.step(np.tile(PANDA.home[:9] + 0.3, (N, 1)), np.full((N, 2), 10.0))
    for name, array in vars(state).items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)


def test_handles_are_where_the_descriptions_put_them(physics: MujocoPhysics) -> None:
    start(physics)
    recent = Recent(PANDA, N, 11)
    state = Grasps(PANDA, physics.scene.cabinets).state(physics.state(), recent)
    expected = [cabinet.handle_position for cabinet in generate_cabinets("drawer-train-v1", N)]
    np.testing.assert_allclose(state.handle_position, expected)


def test_the_arrays_of_a_state_have_the_shapes_of_the_table(physics: MujocoPhysics) -> None:
    start(physics)
    state = vars(physics.state())
    assert {name: rows.shape for name, rows in state.items()} == {
        name: (N, *shape) for name, shape in state_shapes(PANDA).items()
    }
    assert {rows.dtype for rows in state.values()} == {np.dtype(np.float64)}


def test_a_snapshot_brings_the_same_future_back() -> None:
    varied = RandomizationConfig(dynamics=1.0)
    cabinets = generate_cabinets("drawer-train-v1", N)
    envs = MujocoPhysics(Scene(PANDA, cabinets, randomization=varied))
    envs.reset(np.ones(N, bool), np.tile(PANDA.home, (N, 1)), np.array([5, 2**62, 6]))
    goal, efforts = np.tile(PANDA.home[:9] + 0.3, (N, 1)), np.zeros((N, 2))
    envs.step(goal, efforts)
    snapshot = envs.snapshot()
    envs.step(goal, efforts)
    expected = vars(envs.state())
    envs.reset(np.ones(N, bool), np.tile(PANDA.home, (N, 1)), np.array([1, 2, 3]))
    envs.restore(snapshot)
    envs.step(goal, efforts)
    assert (snapshot.shape[0], snapshot.dtype) == (N, np.uint8)
    for name, rows in vars(envs.state()).items():
        np.testing.assert_array_equal(rows, expected[name], err_msg=name)


def test_it_closes_twice() -> None:
    envs = MujocoPhysics(Scene(PANDA, generate_cabinets("drawer-train-v1", 1), ("left",), (8, 8)))
    envs.close()
    envs.close()
