"""What this package uses of `spawnnet_sim`, which is an extra: here is the one place that knows so.

A robot, and cloning from demonstrations, can do without it. Names are imported when they are asked
for; where the simulator is missing they are stand-ins, which say so as soon as they are used.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spawnnet_train.config.errors import ConfigError, SettingError

if TYPE_CHECKING:
    from spawnnet_sim import (
        QUANTITIES,
        CabinetEnv,
        CabinetsConfig,
        ConfigurationError,
        DisturbanceConfig,
        DisturbedExpert,
        EnvironmentConfig,
        MujocoConfig,
        RandomizationConfig,
        cabinet_order,
        cabinet_set,
        check_environment,
        create_environment,
        create_expert,
        engine_config,
        environment_config,
        list_cabinet_sets,
        list_engines,
        list_experts,
        list_tasks,
        resolve_engine,
        task_cabinets,
    )
    from spawnnet_sim.tools.success_rate import wilson_interval
    from spawnnet_sim.tools.video import draw_grid, open_mp4

__all__ = [
    "IS_INSTALLED",
    "QUANTITIES",
    "CabinetEnv",
    "CabinetsConfig",
    "ConfigurationError",
    "DisturbanceConfig",
    "DisturbedExpert",
    "EnvironmentConfig",
    "MujocoConfig",
    "RandomizationConfig",
    "cabinet_order",
    "cabinet_set",
    "check_environment",
    "check_simulator",
    "create_environment",
    "create_expert",
    "draw_grid",
    "engine_config",
    "environment_config",
    "list_cabinet_sets",
    "list_engines",
    "list_experts",
    "list_tasks",
    "open_mp4",
    "require_simulator",
    "resolve_engine",
    "task_cabinets",
    "wilson_interval",
]

IS_INSTALLED = find_spec("spawnnet_sim") is not None
MISSING = "needs the simulator, pip install 'spawnnet-train[sim]'."
_MODULES = {
    "draw_grid": "spawnnet_sim.tools.video",
    "open_mp4": "spawnnet_sim.tools.video",
    "wilson_interval": "spawnnet_sim.tools.success_rate",
}


class _StandIn:
    """A class or function of the simulator where there is none."""

    def __init__(self, *_: object, **__: object) -> None:
        raise ConfigError([f"this {MISSING}"])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.none_schema()  # nothing of it can be configured


def require_simulator(field: str = "") -> None:
    """Check that the simulator is there.

    Args:
        field: Of the settings, what needs it.

    Raises:
        SettingError: If it is not installed.
    """
    if not IS_INSTALLED:
        raise SettingError(field, MISSING)


def check_simulator(settings: Mapping[str, Any]) -> None:
    """Check, before anything else of a configuration, that a simulator it needs is there.

    Raises:
        SettingError: If it is not.
    """
    algorithm = settings.get("algorithm")
    name = algorithm.get("name") if isinstance(algorithm, Mapping) else None
    if settings.get("simulation") is not None or name == "dagger":
        require_simulator("simulation")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if IS_INSTALLED:
        return getattr(importlib.import_module(_MODULES.get(name, "spawnnet_sim")), name)
    return type(name, (_StandIn,), {})
