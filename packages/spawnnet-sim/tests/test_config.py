from collections.abc import Callable
from typing import Any

import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    ExpertConfig,
    MujocoConfig,
    RandomizationConfig,
    RobotConfig,
)


@pytest.mark.parametrize(
    ("group", "changes", "message"),
    [
        (
            EnvironmentConfig,
            {"num_envs": 0},
            "num_envs: must be from 1 to 10000, and is by default `cabinets.count`, got 0.",
        ),
        (EnvironmentConfig, {"episode_steps": 0}, "episode_steps: must be at least 1, got 0."),
        (
            EnvironmentConfig,
            {"control_frequency": 7},
            "control_frequency: must be a divisor of 480, got 7.",
        ),
        (CabinetsConfig, {"count": 0}, "count: must be at least 1, got 0."),
        (CabinetsConfig, {"first": -1}, "first: must be at least 0, got -1."),
        (RobotConfig, {"action_speed": 0.0}, "action_speed: must be positive, got 0.0."),
        (
            RobotConfig,
            {"action_speed": 1e9},
            "action_speed: must be at most 1000, got 1000000000.0.",
        ),
        (
            CamerasConfig,
            {"image_size": (48, 5000)},
            "image_size: must be at most 4096 x 4096 pixels",
        ),
        (EnvironmentConfig, {"num_envs": 10**6}, "num_envs: must be from 1 to 10000, and is by"),
        (RobotConfig, {"start_noise": -1.0}, "start_noise: must be at least 0, got -1.0."),
        (
            CamerasConfig,
            {"image_size": (4, 96)},
            "image_size: must be at least 8 x 8 pixels, got (4, 96).",
        ),
        (
            CamerasConfig,
            {"views": ("middle", "lfet")},
            "views[1]: 'lfet' is unknown. Did you mean 'left'?",
        ),
        (
            MujocoConfig,
            {"renderer": "vulkan"},
            "renderer: must be one of 'auto', 'egl', 'osmesa', 'warp', got 'vulkan'.",
        ),
        (MujocoConfig, {"workers": 1.5}, "workers: must be a whole number, got 1.5."),
        (
            MujocoConfig,
            {"worker_timeout": float("inf")},
            "worker_timeout: must be a finite number, got inf.",
        ),
        (
            MujocoConfig,
            {"worker_split": (1, "2")},
            "worker_split: must be a list, each entry a whole number or none, got (1, '2').",
        ),
        (CabinetsConfig, {"count": "3"}, "count: must be a whole number, got '3'."),
        (CabinetsConfig, {"count": True}, "count: must be a whole number, got True."),
        (CabinetsConfig, {"folder": 3}, "folder: must be text or none, got 3."),
        (CamerasConfig, {"views": "wrist"}, "views: must be a list, each entry text, got 'wrist'."),
        (
            CamerasConfig,
            {"views": ("wrist", "left", "wrist")},
            "views[2]: must be a camera that is not named before, got wrist.",
        ),
        (
            CamerasConfig,
            {"image_size": 96},
            "image_size: must be 2 entries, each a whole number, got 96.",
        ),
        (
            EnvironmentConfig,
            {"engine": "vulkan"},
            "engine: must be of the type `EngineConfig`, got 'vulkan'.",
        ),
        (ExpertConfig, {"name": None}, "name: must be text, got None."),
        (RandomizationConfig, {"lights": "much"}, "lights: must be a finite number, got 'much'."),
        (MujocoConfig, {"workers": -1}, "workers: must be at least 0, got -1."),
        (MujocoConfig, {"worker_timeout": 0.0}, "worker_timeout: must be positive, got 0.0."),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    group: Callable[..., object], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        group(**changes)
    assert str(error.value).startswith(message)
    assert error.value.field == message.partition(":")[0]


def test_there_is_one_environment_per_cabinet_where_the_number_is_not_said() -> None:
    cabinets = CabinetsConfig(count=3)
    assert EnvironmentConfig(cabinets=cabinets).env_count == 3
    assert EnvironmentConfig(cabinets=cabinets, num_envs=5).env_count == 5


def test_the_control_timestep_is_the_inverse_of_the_frequency() -> None:
    assert EnvironmentConfig(control_frequency=16).control_timestep == 0.0625
