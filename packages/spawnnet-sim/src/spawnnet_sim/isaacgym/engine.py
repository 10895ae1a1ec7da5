"""Isaac Gym as an engine."""

from __future__ import annotations

from dataclasses import fields

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.isaacgym.assets import robot_file
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.isaacgym.devices import find_devices
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics
from spawnnet_sim.isaacgym.python import check_python
from spawnnet_sim.physics.engines import Engine, Use
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.scene import Scene

VARIES = ("ball",)  # of the randomisation
ORIGINAL = "original"  # the scene that has the original's robot


def check(config: IsaacGymConfig, _: int) -> None:
    """Check Python, devices and assets, without starting the simulator.

    Raises:
        ConfigurationError: If one is missing.
    """
    check_python(config.python)
    find_devices(config)
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
    """Start Isaac Gym in a worker.

    Raises:
        ConfigurationError: If something that it needs is missing.
        WorkerError: If the worker fails, dies or hangs.
    """
    return IsaacGymPhysics(scene, config)


ISAAC_GYM = Engine(
    IsaacGymConfig, create, check, check_use, supports_partial_reset=False, is_exact=False
)
