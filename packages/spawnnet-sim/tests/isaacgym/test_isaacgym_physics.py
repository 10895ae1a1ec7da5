"""The engine through the real worker, pipes and shared memory, next to MuJoCo's."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import ConfigurationError, IsaacGymConfig, RandomizationConfig, generate_cabinets
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.isaacgym.devices import Devices
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics, worker_environment
from spawnnet_sim.isaacgym.python import ask_python
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.grasps import Grasps
from spawnnet_sim.tasks.recent import Recent

N = 3
VIEWS = ("middle", "left", "wrist")
STARTS = PANDA.home + np.linspace(-0.1, 0.1, N)[:, None] * (np.arange(11) < 9)
SEEDS = np.array([3, 2**62, 5])


@pytest.fixture(scope="module")
def scene(door: CabinetSpec) -> Scene:
    """Two generated cabinets, and one of PartNet's."""
    cabinets = (*generate_cabinets("door-train-v1", N - 1), door)
    return Scene(PANDA, cabinets, VIEWS, (16, 24), randomization=RandomizationConfig(ball=True))


@pytest.fixture(scope="module")
def physics(
    scene: Scene, engine: IsaacGymConfig, stands_in: Callable[..., Any]
) -> Iterator[IsaacGymPhysics]:
    """With the ways of the library that need to be found out and corrected."""
    with (
        stands_in(handles="running", depth="ray", origins="global"),
        closing(IsaacGymPhysics(scene, engine)) as envs,
    ):
        yield envs


@pytest.fixture(scope="module")
def mujoco(scene: Scene) -> Iterator[MujocoPhysics]:
    with closing(MujocoPhysics(scene, renderer="warp")) as envs:
        envs.reset(np.ones(N, bool), STARTS, SEEDS)
        yield envs


@pytest.fixture
def started(physics: IsaacGymPhysics) -> IsaacGymPhysics:
    physics.reset(np.ones(N, bool), STARTS, SEEDS)
    return physics


def test_what_the_library_does_is_found_out(physics: IsaacGymPhysics) -> None:
    assert physics.facts["handles"] == "running"
    assert physics.facts["depth"] == "ray"
    assert physics.facts["seconds"] > 0


def test_a_reset_puts_everything_where_the_other_engine_does(
    started: IsaacGymPhysics, mujoco: MujocoPhysics
) -> None:
    state, expected = vars(started.state()), vars(mujoco.state())
    assert {name: rows.shape for name, rows in state.items()} == {
        name: (N, *shape) for name, shape in state_shapes(PANDA).items()
    }
    for name, rows in state.items():
        assert rows.dtype == np.float64, name
        if name != "hand_velocity":  # that of the step at rest
            np.testing.assert_allclose(rows, expected[name], atol=2e-3, err_msg=name)


def test_both_engines_draw_the_same_scene(started: IsaacGymPhysics, mujoco: MujocoPhysics) -> None:
    """Distances along the optical axis: pixels differ only at edges."""
    ours, theirs = started.render(), mujoco.render()
    assert ours.rgb.dtype == np.uint8
    assert ours.rgb.shape == (N, 3, 3, 16, 24)
    assert ours.depth.shape == (N, 3, 1, 16, 24)
    assert np.median(np.abs(ours.depth - theirs.depth)) < 1e-3
    assert (np.abs(ours.depth - theirs.depth) < 0.02).mean() > 0.9
    assert (theirs.depth < 2.0).mean() > 0.3


def test_the_ball_is_seen_where_the_other_engine_puts_it(
    started: IsaacGymPhysics, mujoco: MujocoPhysics
) -> None:
    red = [
        (rgb[:, 0, 0].astype(int) - rgb[:, 0, 1:].max(axis=1)) > 100  # (N, H, W) of `middle`
        for rgb in (started.render().rgb[:-1], mujoco.render().rgb[:-1])  # PartNet's is red
    ]
    assert red[1].any()
    assert (red[0] != red[1]).mean() < 0.02


def test_a_camera_on_the_hand_moves_with_it(started: IsaacGymPhysics) -> None:
    before = started.render().rgb[:, VIEWS.index("wrist")]
    for _ in range(3):
        started.step(STARTS[:, :9] + 0.5, np.zeros((N, 2)))
    after = started.render().rgb[:, VIEWS.index("wrist")]
    assert all((one != other).any() for one, other in zip(before, after, strict=True))


def test_drives_reach_their_targets(started: IsaacGymPhysics) -> None:
    goal = STARTS[:, :9] + 0.05
    for _ in range(30):
        started.step(goal, np.full((N, 2), 5.0))
    state = started.state()
    np.testing.assert_allclose(state.joint_positions[:, :9], goal, atol=5e-3)
    np.testing.assert_allclose(state.targets, goal, atol=1e-6)
    np.testing.assert_array_equal(state.efforts, 5.0)


def test_handles_are_where_the_descriptions_put_them(started: IsaacGymPhysics) -> None:
    cabinets = started.scene.cabinets
    state = Grasps(PANDA, cabinets).state(started.state(), Recent(PANDA, len(cabinets), 11))
    expected = [cabinet.handle_position for cabinet in cabinets]
    np.testing.assert_allclose(state.handle_position, expected, atol=1e-4)


def test_a_snapshot_brings_nearly_the_same_future_back(started: IsaacGymPhysics) -> None:
    goal, efforts = STARTS[:, :9] + 0.2, np.full((N, 2), -3.0)
    for _ in range(2):
        started.step(goal, efforts)
    snapshot, before = started.snapshot(), vars(started.state())
    started.step(goal, efforts)
    expected = vars(started.state())
    started.reset(np.ones(N, bool), STARTS, SEEDS)
    started.restore(snapshot)
    assert (snapshot.shape[0], snapshot.dtype) == (N, np.uint8)
    np.testing.assert_array_equal(started.state().joint_velocities, before["joint_velocities"])
    np.testing.assert_allclose(started.state().link_positions, before["link_positions"], atol=2e-3)
    started.step(goal, efforts)
    for name, rows in vars(started.state()).items():
        np.testing.assert_allclose(rows, expected[name], atol=2e-3, err_msg=name)


def test_a_partial_reset_is_refused(physics: IsaacGymPhysics) -> None:
    with pytest.raises(ConfigurationError, match=r"reset_mask: Isaac Gym resets all.* 2 of 3\."):
        physics.reset(np.array([True, False, True]), STARTS)
    physics.reset(np.zeros(N, bool), STARTS)  # nothing to do


def test_targets_outlive_a_reset_where_the_original_s_do(physics: IsaacGymPhysics) -> None:
    before = physics._config
    physics._config = replace(before, original_targets=True)
    physics.step(STARTS[:, :9] + 0.3, np.zeros((N, 2)))
    physics.reset(np.ones(N, bool), STARTS)
    physics._config = before
    state = physics.state()
    np.testing.assert_allclose(state.targets, STARTS[:, :9] + 0.3, atol=1e-6)
    moved = state.joint_positions - STARTS
    assert (moved[:, 5:9] > 0.01).all()  # the wrist has followed for a step already


def test_the_worker_finds_the_shared_library_of_its_python(python: str) -> None:
    asked = ask_python(python)
    own = {"LD_LIBRARY_PATH": "/elsewhere", "PYTHONHOME": "/here", "PATH": "/bin"}
    variables = worker_environment(own, asked, Devices(0, 1, "GPU-1"))
    assert variables == {
        "LD_LIBRARY_PATH": f"{asked.prefix}/lib:/elsewhere",
        "PATH": "/bin",
        "CUDA_VISIBLE_DEVICES": "GPU-1",
    }
    assert "CUDA_VISIBLE_DEVICES" not in worker_environment(own, asked, Devices(0, 1, None))
