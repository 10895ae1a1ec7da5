from collections.abc import Callable

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.experts.original.observation import contact_target, observe
from spawnnet_sim.robots.original_panda import original_panda
from spawnnet_sim.robots.proprioception import original_proprioception

ROBOT = original_panda(0.4)
ROOT = np.array(ROBOT.root_position)


def test_the_target_divides_likely_points_by_the_number_of_all() -> None:
    points = np.float32([[[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 0, 1], [5, 5, 5]]] * 3)
    contact = np.float32(
        [[0.5, 0.85, 0.79, 0.9, 0.0], [0.09, 0.0, 0.0, 0.05, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]
    )
    expected = np.array([[4, 5, 7], [17, 20, 24], [5, 5, 5]]) / 5
    np.testing.assert_allclose(contact_target(points, contact), expected, rtol=1e-6)


def state_of_test(make_state: Callable[..., State]) -> State:
    rng = np.random.default_rng(6)
    poses = rng.normal(size=(2, 6, 7))
    poses[..., 3:] /= np.linalg.norm(poses[..., 3:], axis=2, keepdims=True)
    links = np.zeros((2, len(ROBOT.links), 3))
    links[:, ROBOT.hand_index] = [[0.1, 0.2, 0.9], [0.3, -0.1, 0.7]]
    return make_state(
        link_positions=links,
        root_position=np.tile(ROOT, (2, 1)),
        finger_poses=poses[:, :2],
        cabinet_pose=poses[:, 2],
        part_pose=poses[:, 3],
        part_position=np.array([0.0, 0.04]),
        joint_velocities=np.full((2, 11), 8.0),
        last_actions=np.tile(np.linspace(-1, 1, 11, dtype=np.float32), (2, 1)),
        was_in_stage=np.array([False, True]),
    )


def moved(point: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Turn a point by a quaternion, by the formula with cross products, and shift it."""
    w, vector = pose[3], pose[4:]
    twice = 2 * np.cross(vector, point)
    return np.asarray(point + w * twice + np.cross(vector, twice) + pose[:3])


def test_the_channels_are_those_of_the_table(make_state: Callable[..., State]) -> None:
    rng = np.random.default_rng(7)
    state = state_of_test(make_state)
    cabinets = rng.uniform(-0.5, 0.5, (2, 13, 5)).astype(np.float32)
    cabinets[..., 3] = rng.integers(0, 2, (2, 13))
    cabinets[..., 4] = rng.uniform(0, 1, (2, 13)) * cabinets[..., 3]
    fingers = rng.uniform(-0.1, 0.1, (2, 4, 3)).astype(np.float32)
    observation = observe(ROBOT, state, cabinets, fingers)
    assert observation.shape == (2, 13 + 8, 55)
    assert observation.dtype == np.float32
    for env in range(2):
        poses = {0: state.cabinet_pose[env], 1: state.part_pose[env]}
        rows = [
            (*(moved(p[:3], poses[int(p[3])]) - ROOT), p[3], p[4], 0) for p in cabinets[env]
        ] + [
            (*(moved(p, state.finger_poses[env, side]) - ROOT), 0, 0, 1)
            for side in range(2)
            for p in fingers[side]
        ]
        cloud = np.array(rows)
        np.testing.assert_allclose(observation[env, :, :6], cloud, atol=1e-5)
        likely = [row[:3] for row in cloud if row[4] > cloud[:, 4].max() - 0.1]
        target = np.sum(likely, axis=0) / 21
        tip = state.link_positions[env, ROBOT.hand_index] + [0, 0, 0.13]
        expected = [*(ROOT - target), *(target - tip)]
        np.testing.assert_allclose(observation[env, :, 49:], np.tile(expected, (21, 1)), atol=1e-5)


def test_proprioception_is_the_original_s_within_five(make_state: Callable[..., State]) -> None:
    state = state_of_test(make_state)
    cabinets = np.zeros((2, 3, 5), np.float32)
    observation = observe(ROBOT, state, cabinets, np.zeros((2, 2, 3), np.float32))
    motions = state.last_actions[:, :9]
    senses = original_proprioception(ROBOT, state, motions, state.was_in_stage)
    np.testing.assert_array_equal(observation[:, 5, 6:49], senses[:, :43].clip(-5, 5))
    assert (observation[:, :, 6 + 9 : 6 + 18] == 5).all()
    assert observation[:, 0, 6 + 42].tolist() == [0.0, 1.0]
    np.testing.assert_array_equal(observation[:, 0, 6 + 33 : 6 + 42], motions)
