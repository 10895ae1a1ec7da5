"""The tasks under ids of Gymnasium, for `gymnasium.make` and `gymnasium.make_vec`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gymnasium

from spawnnet_sim.camera_images import CameraImages, VectorCameraImages
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.factory import create_environment
from spawnnet_sim.overrides import override
from spawnnet_sim.profiles import environment_config
from spawnnet_sim.single import SingleCabinetEnv

IDS = {"spawnnet/OpenDrawer-v0": "open_drawer", "spawnnet/OpenDoor-v0": "open_door"}


def register_ids() -> None:
    """Tell Gymnasium of the ids; importing the package does."""
    for name, task in IDS.items():
        gymnasium.register(
            name,
            entry_point="spawnnet_sim.gymnasium_ids:make_one",
            vector_entry_point="spawnnet_sim.gymnasium_ids:make_many",
            kwargs={"task": task},
        )


def make_one(
    *, per_camera: bool = False, render_mode: str | None = None, **options: Any
) -> gymnasium.Env[Any, Any]:
    """Build one environment, as `gymnasium.make` does for an id.

    Args:
        per_camera: Whether observations have `rgb_<camera>` `(3, H, W)` and `depth_<camera>`
            `(1, H, W)` instead of arrays of all views.
        render_mode: `rgb_array`, `human` for a window, or None.
        **options: Those of `configure`.

    Raises:
        ConfigurationError: If an option is not valid, or there is no display for a window.
    """
    config = replace(configure(**options), num_envs=1)
    environment = SingleCabinetEnv(create_environment(config, render_mode=render_mode))
    return CameraImages(environment, config.cameras.views) if per_camera else environment


def make_many(
    *, num_envs: int, per_camera: bool = False, render_mode: str | None = None, **options: Any
) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """Build N environments, as `gymnasium.make_vec` does for an id; see `make_one`."""
    config = replace(configure(**options), num_envs=num_envs)
    environments = create_environment(config, render_mode=render_mode)
    return VectorCameraImages(environments, config.cameras.views) if per_camera else environments


def configure(
    task: str,
    *,
    profile: str = "light",
    split: str = "training",
    settings: Sequence[str] = (),
    **changes: Any,
) -> EnvironmentConfig:
    """Return the configuration that options of `gymnasium.make` stand for.

    Args:
        task: One of `list_tasks`.
        profile: See `environment_config`.
        split: See `environment_config`.
        settings: Single settings by their path, such as `cameras.image_size=[48, 64]`.
        **changes: Whole fields of `EnvironmentConfig`.

    Raises:
        ConfigurationError: If one of them is not valid.
    """
    config = environment_config(task, profile=profile, split=split)
    unknown = changes.keys() - vars(config).keys()
    for name in unknown:
        override(config, [f"{name}=0"])  # raises the error that names what there is
    return override(replace(config, **changes), settings)
