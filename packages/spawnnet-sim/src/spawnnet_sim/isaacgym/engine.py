"""Isaac Gym as an engine."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.isaacgym.assets import robot_file
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.isaacgym.devices import find_devices
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics
from spawnnet_sim.isaacgym.python import check_python
from spawnnet_sim.physics.engines import Engine, Use
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.process_physics import ProcessPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.worker_split import split_envs

VARIES = ("ball",)  # of the randomisation
_LATER = 10.0  # seconds
ORIGINAL = "original"  # the scene that has the original's robot


def check(config: IsaacGymConfig, num_envs: int) -> None:
    """Check Python, devices and assets, without starting the simulator.

    Raises:
        ConfigurationError: If one is missing.
    """
    check_python(config.python)
    for each in _workers(config):
        find_devices(each)
    if config.devices:
        split_envs(num_envs, len(config.devices), config.worker_split)
    if config.assets is not None:
        robot_file(config.assets)


def check_use(config: IsaacGymConfig, use: Use) -> None:
    """Check that the engine can do what is asked of it.

    Raises:
        ConfigurationError: If it cannot.
    """
    if use.scene == ORIGINAL and config.assets is None:
        message = "the scene 'original' needs the original release's folder `assets`, got none."
        raise ConfigurationError("engine.assets", message)
    for field in fields(use.randomization):
        if getattr(use.randomization, field.name) and field.name not in VARIES:
            message = f"Isaac Gym varies only {', '.join(VARIES)} here: take 0, or `mujoco`."
            raise ConfigurationError(f"randomization.{field.name}", message)


def create(config: IsaacGymConfig, scene: Scene) -> Physics:
    """Start Isaac Gym in a worker, or in one for each device.

    Raises:
        ConfigurationError: If something that it needs is missing.
        WorkerError: If the worker fails, dies or hangs.
    """
    if not config.devices:
        return IsaacGymPhysics(scene, config)
    split = split_envs(scene.num_envs, len(config.devices), config.worker_split)
    return ProcessPhysics(
        [partial(_start, config=each) for each in _workers(config)],
        scene,
        split,
        # Later than the worker within, so that it can say what is wrong.
        timeout=config.timeout + _LATER,
        start_timeout=2 * config.start_timeout + _LATER,  # to load, and to create
        restart=False,
    )


def _start(scene: Scene, config: IsaacGymConfig) -> Physics:
    return IsaacGymPhysics(scene, config)


def _workers(config: IsaacGymConfig) -> list[IsaacGymConfig]:
    """Return the settings of each worker."""
    if not config.devices:
        return [config]
    alone = replace(config, devices=(), worker_split=None)
    return [replace(alone, cuda_device=device, graphics_device=device) for device in config.devices]


ISAAC_GYM = Engine(
    IsaacGymConfig, create, check, check_use, supports_partial_reset=False, is_exact=False
)
