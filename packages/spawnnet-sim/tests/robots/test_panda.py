from contextlib import closing

import numpy as np
import pytest

from spawnnet_sim import generate_cabinets
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA

# Published Denavit-Hartenberg parameters of the arm in Craig's convention: a, d (m), alpha (rad).
DH = [
    (0.0, 0.333, 0.0),
    (0.0, 0.0, -np.pi / 2),
    (0.0, 0.316, np.pi / 2),
    (0.0825, 0.0, np.pi / 2),
    (-0.0825, 0.384, -np.pi / 2),
    (0.0, 0.0, np.pi / 2),
    (0.088, 0.0, np.pi / 2),
]
FLANGE = 0.107  # metres beyond joint 7
# Published limits of the arm, rad.
LIMITS = [
    (-2.8973, 2.8973),
    (-1.7628, 1.7628),
    (-2.8973, 2.8973),
    (-3.0718, -0.0698),
    (-2.8973, 2.8973),
    (-0.0175, 3.7525),
    (-2.8973, 2.8973),
]


def craig(a: float, d: float, alpha: float, theta: float) -> np.ndarray:
    """Transform from one joint's frame to the next."""
    c, s, ca, sa = np.cos(theta), np.sin(theta), np.cos(alpha), np.sin(alpha)
    return np.array(
        [
            [c, -s, 0, a],
            [s * ca, c * ca, -sa, -d * sa],
            [s * sa, c * sa, ca, d * ca],
            [0, 0, 0, 1],
        ]
    )


def hand_pose(joints: np.ndarray) -> np.ndarray:
    """Pose of the hand in the environment, `(4, 4)`, for base and arm positions `(9,)`."""
    pose = np.eye(4)
    pose[:3, :3] = np.diag([-1.0, -1.0, 1.0])  # the base is turned by half a turn
    pose[:3, 3] = np.add(PANDA.root_position, (-joints[0], -joints[1], 0.0))
    for (a, d, alpha), theta in zip(DH, joints[2:], strict=True):
        pose = pose @ craig(a, d, alpha, theta)
    return pose @ craig(0.0, FLANGE, 0.0, -np.pi / 4)


def test_the_limits_of_the_arm_are_the_published_ones() -> None:
    np.testing.assert_array_equal(np.stack([PANDA.lower, PANDA.upper], 1)[2:9], LIMITS)


def test_the_hand_is_where_the_published_parameters_put_it() -> None:
    rng = np.random.default_rng(0)
    joints = rng.uniform(PANDA.lower, PANDA.upper, (3, PANDA.num_joints))
    physics = MujocoPhysics(Scene(PANDA, generate_cabinets("drawer-train-v1", 3)))
    with closing(physics):
        physics.reset(np.ones(3, bool), joints)
        state = physics.state()
    hand = PANDA.hand_index
    for env in range(3):
        pose = hand_pose(joints[env, :9])
        np.testing.assert_allclose(state.link_positions[env, hand], pose[:3, 3], atol=1e-6)
        np.testing.assert_allclose(state.link_rotations[env, hand], pose[:3, :3], atol=1e-6)


def test_the_start_pose_is_within_the_limits_and_level() -> None:
    assert (PANDA.lower <= PANDA.home).all()
    assert (PANDA.home <= PANDA.upper).all()
    approach = hand_pose(PANDA.home[:9])[:3, 2]
    assert approach[0] == pytest.approx(-1.0, abs=0.01)  # towards the cabinet


def test_links_hang_on_earlier_links() -> None:
    for index, link in enumerate(PANDA.links):
        assert link.parent in ("root", *PANDA.link_names[:index])
