"""Speed of the simulation on this machine: one table, against plain alternatives.

What is compared is measured turn by turn, so that whatever else the machine does slows both alike.

Usage: MUJOCO_GL=egl python benchmarks/simulation.py [--seconds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import mujoco
import numpy as np

from spawnnet_sim import (
    CabinetsConfig,
    EnvironmentConfig,
    MujocoConfig,
    create_environment,
    generate_cabinets,
)
from spawnnet_sim.mujoco.layout import common_layout
from spawnnet_sim.mujoco.model import build_model
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.mujoco.rendering import available
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import ARM_GAINS, PANDA

NUM_ENVS = 16
TIMESTEP = 0.05  # seconds of one control step
Row = tuple[str, float, str, float | None]  # what, how much, unit, how many times the alternative


def rates(calls: Sequence[Callable[[], object]], seconds: float) -> list[float]:
    """Return how often per second each can be called, after one call of each to warm up."""
    for call in calls:
        call()
    spent, turns = [0.0] * len(calls), 0
    while min(spent) < seconds:
        for index, call in enumerate(calls):
            start = time.perf_counter()
            call()
            spent[index] += time.perf_counter() - start
        turns += 1
    return [turns / total for total in spent]


def physics_rows(seconds: float) -> Iterator[Row]:
    """Step 16 environments as one batch, and in a loop with the control law in NumPy for each."""
    cabinets = generate_cabinets("drawer-train-v1", NUM_ENVS)
    scene = Scene(PANDA, cabinets, control_timestep=TIMESTEP)
    stiffness, damping = ARM_GAINS
    targets, efforts = np.tile(PANDA.home[:9] + 0.1, (NUM_ENVS, 1)), np.zeros((NUM_ENVS, 2))
    layout = common_layout(cabinets)
    models = [build_model(scene, layout, [cabinet]) for cabinet in cabinets]
    envs = [(model, mujoco.MjData(model)) for model in models]
    for _, data in envs:
        data.qpos[: PANDA.num_joints] = PANDA.home
    for model in models:  # its own drives are off: the law below takes their place
        model.actuator_gainprm[:9] = model.actuator_biasprm[:9] = 0.0

    def loop() -> None:
        for (model, data), target in zip(envs, targets, strict=True):
            for _ in range(round(TIMESTEP / model.opt.timestep)):
                torque = stiffness * (target - data.qpos[:9]) - damping * data.qvel[:9]
                data.qfrc_applied[:9] = np.clip(torque, -PANDA.effort[:9], PANDA.effort[:9])
                mujoco.mj_step(model, data)

    with closing(MujocoPhysics(scene)) as physics:
        physics.reset(np.ones(NUM_ENVS, bool), np.tile(PANDA.home, (NUM_ENVS, 1)))
        batch = functools.partial(physics.step, targets, efforts)
        slow, fast = (NUM_ENVS * rate for rate in rates([loop, batch], seconds))
    yield f"{NUM_ENVS} environments, loop over mj_step, control in NumPy", slow, "steps/s", None
    yield f"{NUM_ENVS} environments, one batch", fast, "steps/s", fast / slow


def rendering_rows(seconds: float) -> Iterator[Row]:
    """Draw RGB-D in one pass, and by `mujoco.Renderer` once for RGB and again for depth."""
    cabinets = generate_cabinets("drawer-train-v1", 4)
    cameras = ("close_left", "close_right")
    for size in (96, 128, 224):
        scene = Scene(PANDA, cabinets, cameras, (size, size), TIMESTEP)
        with closing(MujocoPhysics(scene)) as physics:
            physics.reset(np.ones(4, bool), np.tile(PANDA.home, (4, 1)))
            name, calls = physics.renderer, [physics.render]
            if name == "egl":
                renderers = _renderers(scene)
                calls.append(functools.partial(_two_passes, renderers, cameras))
            ours, *theirs = (8 * rate for rate in rates(calls, seconds))
        for rate in theirs:
            yield f"RGB-D {size} x {size}, mujoco.Renderer twice", rate, "frames/s", None
            for renderer, _ in renderers:
                renderer.close()
        gain = ours / theirs[0] if theirs else None
        yield f"RGB-D {size} x {size}, {name}", ours, "frames/s", gain


def _renderers(scene: Scene) -> list[tuple[mujoco.Renderer, mujoco.MjData]]:
    envs = []
    height, width = scene.image_size
    for cabinet in scene.cabinets:
        model = build_model(scene, common_layout(scene.cabinets), [cabinet])
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        data = mujoco.MjData(model)
        data.qpos[: PANDA.num_joints] = PANDA.home
        mujoco.mj_forward(model, data)
        envs.append((mujoco.Renderer(model, height, width), data))
    return envs


def _two_passes(
    renderers: Sequence[tuple[mujoco.Renderer, mujoco.MjData]], cameras: tuple[str, ...]
) -> None:
    for renderer, data in renderers:
        for camera in cameras:
            renderer.update_scene(data, camera)
            renderer.render()
            renderer.enable_depth_rendering()
            renderer.update_scene(data, camera)
            renderer.render()
            renderer.disable_depth_rendering()


def scaling_rows(seconds: float) -> Iterator[Row]:
    """Step and draw 8 environments in this process and in workers."""
    config = EnvironmentConfig(episode_steps=10**6)
    numbers = (0, 1, 2)
    with contextlib.ExitStack() as stack:
        calls = []
        for workers in numbers:
            environment = create_environment(replace(config, engine=MujocoConfig(workers=workers)))
            stack.enter_context(closing(environment))
            environment.reset(seed=0)
            calls.append(functools.partial(environment.step, np.zeros((8, 11), np.float32)))
        base, *_ = speeds = [8 * rate for rate in rates(calls, seconds)]
    for workers, rate in zip(numbers, speeds, strict=True):
        yield f"8 environments with images, {workers} workers", rate, "steps/s", rate / base


def size_rows() -> Iterator[Row]:
    """Build the 21 training environments, and see what an environment takes."""
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=21))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with closing(create_environment(config)) as environment:
        environment.reset(seed=0)
        yield "build 21 environments, first images drawn", time.perf_counter() - start, "s", None
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    yield "memory per environment", grown / 1024 / 21, "MB", None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement")
    seconds = parser.parse_args().seconds
    if available("egl") and os.environ.get("MUJOCO_GL") != "egl":
        parser.error("set the environment variable MUJOCO_GL=egl, for `mujoco.Renderer`.")
    print(f"{'what':55} {'value':>10}")
    tables = (size_rows(), physics_rows(seconds), rendering_rows(seconds), scaling_rows(seconds))
    for rows in tables:
        for what, value, unit, gain in rows:
            times = "" if gain is None else f"  {gain:.2f} x"
            print(f"{what:55} {value:10.2f} {unit:9}{times}", flush=True)


if __name__ == "__main__":
    main()
