"""How fast the environments of a task run on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np

from spawnnet_sim.config import CamerasConfig, EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.factory import blind, create_environment

IMAGE_SIZES = (96, 128, 224)  # pixels a side


def measure_speed(task: str, *, num_envs: int, seconds: float) -> Iterator[tuple[str, float]]:
    """Measure control steps of environments, and RGB-D frames, per second.

    Args:
        task: Name of the task.
        num_envs: N.
        seconds: Time for each measurement.

    Yields:
        What was measured, and how many per second.
    """
    config = EnvironmentConfig(task=task, num_envs=num_envs)
    with closing(create_environment(blind(config))) as environment:
        rate = _steps_per_second(environment, seconds)
        yield f"steps of {num_envs} environments, no cameras", rate
    for size in IMAGE_SIZES:
        cameras = CamerasConfig(image_size=(size, size))
        with closing(create_environment(replace(config, cameras=cameras))) as environment:
            environment.reset(seed=0)
            frames = num_envs * len(cameras.views)
            rate = frames * calls_per_second(environment.render, seconds)
            yield f"RGB-D frames of {size} x {size} ({environment.renderer})", rate


def calls_per_second(call: Callable[[], object], seconds: float) -> float:
    """Call again and again for some time, once before the clock starts."""
    call()
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        call()
        calls += 1
    return calls / (time.perf_counter() - start)


def _steps_per_second(environment: CabinetEnv, seconds: float) -> float:
    """Return control steps of single environments per second, random actions, resets included."""
    rng = np.random.default_rng(0)
    shape = environment.action_space.shape or ()
    elapsed = environment.episode_steps

    def step() -> None:
        nonlocal elapsed
        if elapsed == environment.episode_steps:
            environment.reset(seed=0)
            elapsed = 0
        environment.step(rng.uniform(-1.0, 1.0, shape).astype(np.float32))
        elapsed += 1

    return environment.num_envs * calls_per_second(step, seconds)
