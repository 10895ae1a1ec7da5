"""Named ways to run a task: as in the paper, or lighter for CPUs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spawnnet_sim.config import CamerasConfig, EnvironmentConfig, RobotConfig
from spawnnet_sim.experts.config import ExpertConfig
from spawnnet_sim.registration import task_cabinets
from spawnnet_sim.registry import Registry

PROFILES: Registry[dict[str, Any]] = Registry("profile")
PROFILES.register(
    "light",
    {
        "cameras": CamerasConfig(views=("close_left", "wrist")),
        "robot": RobotConfig(control="tip", proprioception="tip"),
        "expert": ExpertConfig("smooth"),
    },
)
PROFILES.register(
    "paper",
    {
        "cameras": CamerasConfig(views=("middle", "left", "right"), image_size=(224, 224)),
        "scene": "original",
        "robot": RobotConfig(action_speed=20.0, original_observation=True),
        "control_frequency": 60,
        "episode_steps": 192,
    },
)


def environment_config(
    task: str, *, profile: str = "light", split: str = "training", **changes: Any
) -> EnvironmentConfig:
    """Return the configuration of a task on the cabinets of one of its splits.

    Args:
        task: One of `list_tasks`.
        profile: `light`, as practitioners do it (a near camera and one on the wrist, 96 x 96
            pixels, 64 steps at 20 Hz, actions that move the fingertips), or `paper` (the original's
            scene, observation and three cameras, 224 x 224 pixels, 192 steps at 60 Hz, actions that
            move a joint's target by a third of a radian or metre).
        split: One of `SPLITS`, see `task_cabinets`.
        **changes: Fields of `EnvironmentConfig` to set otherwise.

    Raises:
        ConfigurationError: If the task, the profile or a value is not valid.
    """
    cabinets = task_cabinets(task, split=split)
    config = EnvironmentConfig(task=task, cabinets=cabinets, **PROFILES.lookup(profile))
    return replace(config, **changes)
