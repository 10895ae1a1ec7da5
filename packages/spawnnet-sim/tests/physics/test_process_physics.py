import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetEnv,
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    MujocoConfig,
    RandomizationConfig,
    create_environment,
)
from spawnnet_sim.physics.process_physics import ProcessPhysics, WorkerError

CONFIG = EnvironmentConfig(
    cabinets=CabinetsConfig(count=3),
    cameras=CamerasConfig(image_size=(16, 24)),
    episode_steps=8,
    randomization=RandomizationConfig(lights=1.0, colours=1.0, cameras=1.0, dynamics=1.0),
)
TWO_WORKERS = MujocoConfig(workers=2, worker_timeout=30.0)


@pytest.fixture
def workers() -> Iterator[CabinetEnv]:
    with closing(create_environment(replace(CONFIG, engine=TWO_WORKERS))) as environment:
        yield environment


def physics(environment: CabinetEnv) -> ProcessPhysics:
    engine = environment._physics
    assert isinstance(engine, ProcessPhysics)
    return engine


def roll(environment: CabinetEnv, steps: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = list(environment.reset(seed=1)[0].values())
    for _ in range(steps):
        action = rng.uniform(-1, 1, (3, 11)).astype(np.float32)
        observation, reward, *_ = environment.step(action)
        arrays += [*observation.values(), reward, *vars(environment.privileged_state()).values()]
    return arrays


def test_results_do_not_depend_on_the_number_of_workers(workers: CabinetEnv) -> None:
    with closing(create_environment(CONFIG)) as alone:
        expected = roll(alone, 4)
    for one, other in zip(roll(workers, 4), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_snapshot_through_workers_brings_the_same_future_back(workers: CabinetEnv) -> None:
    roll(workers, 1)
    snapshot = physics(workers).snapshot()
    actions = np.full((3, 11), 0.5, np.float32)
    expected = workers.step(actions)[0]
    roll(workers, 3)
    physics(workers).restore(snapshot)
    assert (snapshot.shape[0], snapshot.dtype) == (3, np.uint8)
    workers._recent.actions[:] = 0.0
    again = workers.step(actions)[0]
    for name in ("rgb", "depth", "proprioception"):
        np.testing.assert_array_equal(again[name], expected[name], err_msg=name)


def test_a_masked_reset_reaches_the_right_environments(workers: CabinetEnv) -> None:
    before = roll(workers, 1)[3]  # rgb
    mask = np.array([True, False, True])
    after = workers.reset(seed=5, options={"reset_mask": mask})[0]["rgb"]
    np.testing.assert_array_equal(after[1], before[1])
    assert (after[2] != before[2]).any()


def test_a_worker_that_dies_is_reported_with_its_environments(workers: CabinetEnv) -> None:
    workers.reset(seed=0)
    process = physics(workers)._running[1].process
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    with pytest.raises(WorkerError, match=r"Worker 1 \(environments 1 to 2\) died"):
        workers.step(np.zeros((3, 11), np.float32))


def test_a_worker_that_hangs_is_reported_and_ended(workers: CabinetEnv) -> None:
    workers.reset(seed=0)
    envs = physics(workers)
    envs._timeout = 0.5
    process = envs._running[0].process
    os.kill(process.pid or 0, signal.SIGSTOP)
    with pytest.raises(
        WorkerError, match=r"Worker 0 \(environments 0 to 0\) did not answer within 0.5 s"
    ):
        workers.step(np.zeros((3, 11), np.float32))
    assert not process.is_alive()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["died", "hangs"])
def test_a_worker_that_is_lost_is_replaced_and_nothing_changes(end: signal.Signals) -> None:
    engine = replace(TWO_WORKERS, worker_timeout=8.0, restart_workers=True)
    with closing(create_environment(replace(CONFIG, engine=engine))) as envs:
        expected = roll(envs, 4)
        rng = np.random.default_rng(0)
        arrays = list(envs.reset(seed=1)[0].values())
        for step in range(4):
            if step == 2:
                os.kill(physics(envs)._running[1].process.pid or 0, end)
            action = rng.uniform(-1, 1, (3, 11)).astype(np.float32)
            observation, reward, *_ = envs.step(action)
            arrays += [*observation.values(), reward, *vars(envs.privileged_state()).values()]
    for one, other in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_workers_go_on_after_one_of_them_failed(workers: CabinetEnv) -> None:
    """An answer that nobody took would be taken for that of the next command."""
    expected = roll(workers, 1)
    envs = physics(workers)
    with pytest.raises(WorkerError, match=r"(?s)Worker 0 .* failed:.*no_such_command"):
        envs._command("no_such_command")
    for one, other in zip(roll(workers, 1), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_interrupted_command_leaves_no_answer_for_the_next(
    workers: CabinetEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers.reset(seed=0)
    envs = physics(workers)
    processes = [running.process for running in envs._running]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(envs, "_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        workers.step(np.zeros((3, 11), np.float32))
    assert not any(process.is_alive() for process in processes)
    with pytest.raises(WorkerError, match="were stopped: create the environment again"):
        workers.reset(seed=0)


def test_settings_that_a_worker_refuses_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYOPENGL_PLATFORM", "egl")  # as after drawing with it, also in workers
    with pytest.raises(ConfigurationError, match=r"engine.renderer: 'osmesa' does not work"):
        create_environment(replace(CONFIG, engine=MujocoConfig(workers=1, renderer="osmesa")))


def test_closing_ends_the_processes_and_is_allowed_twice() -> None:
    environment = create_environment(
        replace(CONFIG, engine=MujocoConfig(workers=1), cameras=CamerasConfig(views=()))
    )
    envs = physics(environment)
    processes = [running.process for running in envs._running]
    environment.close()
    envs.close()
    assert not any(process.is_alive() for process in processes)
    assert not set(processes) & set(multiprocessing.active_children())
