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
    from spawnnet_sim import QUANTITIES as QUANTITIES
    from spawnnet_sim import CabinetEnv as CabinetEnv
    from spawnnet_sim import CabinetsConfig as CabinetsConfig
    from spawnnet_sim import ConfigurationError as ConfigurationError
    from spawnnet_sim import DisturbanceConfig as DisturbanceConfig
    from spawnnet_sim import DisturbedExpert as DisturbedExpert
    from spawnnet_sim import EnvironmentConfig as EnvironmentConfig
    from spawnnet_sim import ExpertConfig as ExpertConfig
    from spawnnet_sim import MujocoConfig as MujocoConfig
    from spawnnet_sim import RandomizationConfig as RandomizationConfig
    from spawnnet_sim import cabinet_order as cabinet_order
    from spawnnet_sim import cabinet_set as cabinet_set
    from spawnnet_sim import check_environment as check_environment
    from spawnnet_sim import check_expert as check_expert
    from spawnnet_sim import create_environment as create_environment
    from spawnnet_sim import create_expert as create_expert
    from spawnnet_sim import engine_config as engine_config
    from spawnnet_sim import environment_config as environment_config
    from spawnnet_sim import expert_summary as expert_summary
    from spawnnet_sim import list_cabinet_sets as list_cabinet_sets
    from spawnnet_sim import list_engines as list_engines
    from spawnnet_sim import list_experts as list_experts
    from spawnnet_sim import list_tasks as list_tasks
    from spawnnet_sim import resolve_engine as resolve_engine
    from spawnnet_sim import task_cabinets as task_cabinets
    from spawnnet_sim.tools.video import draw_grid as draw_grid
    from spawnnet_sim.tools.video import open_mp4 as open_mp4

IS_INSTALLED = find_spec("spawnnet_sim") is not None
MISSING = "needs the simulator, pip install 'spawnnet-train[sim]'."
_MODULES = {
    "draw_grid": "spawnnet_sim.tools.video",
    "open_mp4": "spawnnet_sim.tools.video",
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
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if IS_INSTALLED:
        return getattr(importlib.import_module(_MODULES.get(name, "spawnnet_sim")), name)
    return type(name, (_StandIn,), {})
