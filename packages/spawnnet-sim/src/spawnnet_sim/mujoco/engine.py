"""MuJoCo as an engine: in this process or in workers."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import cast

from spawnnet_sim.mujoco.config import MujocoConfig, RendererName
from spawnnet_sim.mujoco.layout import Layout, common_layout
from spawnnet_sim.mujoco.rendering.egl_devices import gpu_variables
from spawnnet_sim.mujoco.rendering.processes import check_variable
from spawnnet_sim.mujoco.rendering.selection import available
from spawnnet_sim.physics.engines import Engine
from spawnnet_sim.physics.gpus import choose_gpus, list_gpus
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.process_physics import ProcessPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.worker_split import original_split, split_envs

_EGL_VARIABLE = "MUJOCO_EGL_DEVICE_ID"  # the user's own choice


def check_workers(config: MujocoConfig, num_envs: int) -> None:
    """Check that the workers can share the environments and have the GPUs that are asked for.

    Raises:
        ConfigurationError: If they cannot.
    """
    if config.worker_count:
        split_envs(num_envs, config.worker_count, config.worker_split)
    if config.devices != "auto":
        choose_gpus(config.devices, config.worker_count, list_gpus())


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
    if not config.worker_count:
        return start(scene)
    return ProcessPhysics(
        [start] * config.worker_count,
        scene,
        split_envs(scene.num_envs, config.worker_count, config.worker_split),
        timeout=config.worker_timeout,
        restart=config.restart_workers,
        variables=worker_variables(config, draws=bool(scene.views)),
    )


def worker_variables(config: MujocoConfig, *, draws: bool) -> list[dict[str, str]]:
    """Return the environment variables of each worker; none where one GPU or none is shared.

    Args:
        config: Which GPUs.
        draws: Whether there are cameras.
    """
    gpus = list_gpus()
    if config.devices == "auto" and (len(gpus) < 2 or _EGL_VARIABLE in os.environ):
        return []
    with_egl = draws and config.renderer in ("auto", "egl") and available("egl")
    chosen = choose_gpus(config.devices, config.worker_count, gpus)
    return [gpu_variables(gpu, draws_with_egl=with_egl) for gpu in chosen]


def _start(scene: Scene, renderer: str, layout: Layout) -> Physics:
    from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics  # imports the simulator

    return MujocoPhysics(scene, renderer=renderer, layout=layout)


def resolve(config: MujocoConfig) -> MujocoConfig:
    """Return the settings with the renderer that `auto` stands for, and the original's split.

    Raises:
        ConfigurationError: If the renderer asked for does not work here, or `TRAIN_ASSET_SPLIT` is
            no split.
    """
    from spawnnet_sim.mujoco.rendering import choose_renderer  # starts a process where it looks

    check_variable()
    split = config.worker_split or original_split(config.workers)
    renderer = cast(RendererName, choose_renderer(config.renderer))
    return replace(config, renderer=renderer, worker_split=split)


MUJOCO = Engine(MujocoConfig, create, check_workers, resolve=resolve)
