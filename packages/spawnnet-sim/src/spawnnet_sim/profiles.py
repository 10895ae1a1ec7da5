"""Named ways to run a task: as in the paper, or lighter for CPUs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spawnnet_sim.config import CamerasConfig, EnvironmentConfig, RobotConfig
from spawnnet_sim.registration import task_cabinets
from spawnnet_sim.registry import Registry

PROFILES: Registry[dict[str, Any]] = Registry("profile")
PROFILES.register("light", {})
PROFILES.register(
    "paper",
    {
        "cameras": CamerasConfig(views=("middle", "left", "right"), image_size=(224, 224)),
        "robot": RobotConfig(action_speed=20.0),
        "control_frequency": 60,
        "episode_steps": 192,
    },
)


def environment_config(
    task: str, *, profile: str = "light", is_held_out: bool = False, **changes: Any
) -> EnvironmentConfig:
    """Return the configuration of a task on all cabinets of its training or held-out set.

    Args:
        task: One of `list_tasks`.
        profile: `light` (two near cameras, 96 x 96 pixels, 64 steps at 20 Hz) or `paper` (the
            original's three cameras, 224 x 224 pixels, 192 steps at 60 Hz, actions that move a
            target by a third of a radian or metre).
        is_held_out: Whether to take the held-out cabinets.
        **changes: Fields of `EnvironmentConfig` to set otherwise.

    Raises:
        ConfigurationError: If the task, the profile or a value is not valid.
    """
    cabinets = task_cabinets(task, is_held_out=is_held_out)
    config = EnvironmentConfig(task=task, cabinets=cabinets, **PROFILES.lookup(profile))
    return replace(config, **changes)
