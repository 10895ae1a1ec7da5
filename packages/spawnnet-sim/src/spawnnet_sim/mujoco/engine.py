"""MuJoCo as an engine: in this process or in workers."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import cast

from spawnnet_sim.mujoco.config import MujocoConfig, RendererName
from spawnnet_sim.mujoco.layout import Layout, common_layout
from spawnnet_sim.mujoco.rendering.processes import check_variable
from spawnnet_sim.physics.engines import Engine
from spawnnet_sim.physics.gpus import Gpu, choose_gpus, list_gpus
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.process_physics import ProcessPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.worker_split import split_envs


def check_workers(config: MujocoConfig, num_envs: int) -> None:
    """Check that the workers can share the environments, and have the devices.

    Raises:
        ConfigurationError: If they cannot.
    """
    if config.workers:
        split_envs(num_envs, config.workers, config.worker_split)
    if config.devices != "auto":
        _gpus(config)


def create(config: MujocoConfig, scene: Scene) -> Physics:
    """Start MuJoCo, in this process or in workers.

    Raises:
        ConfigurationError: If the renderer asked for does not work here.
        WorkerError: If a worker cannot start.
    """
    check_variable()
    # One layout for all workers, so that an environment is the same in any of them.
    layout = common_layout(scene.cabinets)
    start = partial(_start, renderer=config.renderer, layout=layout)
    if not config.workers:
        return start(scene)
    return ProcessPhysics(
        [partial(start, gpu=gpu) for gpu in _gpus(config)],
        scene,
        split_envs(scene.num_envs, config.workers, config.worker_split),
        timeout=config.worker_timeout,
        restart=config.restart_workers,
    )


def _gpus(config: MujocoConfig) -> list[Gpu | None]:
    devices = None if config.devices == "auto" else config.devices
    return choose_gpus(list_gpus(), devices, config.workers)


def _start(scene: Scene, renderer: str, layout: Layout, gpu: Gpu | None = None) -> Physics:
    if gpu is not None:  # in a worker of its own
        os.environ.update(gpu.variables)
    from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics  # imports the simulator

    return MujocoPhysics(scene, renderer=renderer, layout=layout)


def resolve(config: MujocoConfig) -> MujocoConfig:
    """Return the settings with the renderer that `auto` stands for on this machine.

    Raises:
        ConfigurationError: If the renderer asked for does not work here.
    """
    from spawnnet_sim.mujoco.rendering import choose_renderer  # starts a process where it looks

    check_variable()
    return replace(config, renderer=cast(RendererName, choose_renderer(config.renderer)))


MUJOCO = Engine(MujocoConfig, create, check_workers, resolve=resolve)
