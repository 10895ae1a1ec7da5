"""The simulation of a run: the training cabinets, the held-out ones, and their expert."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Annotated, cast

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_sim import CabinetEnv, EnvironmentConfig, create_environment, create_expert
from spawnnet_train.config.errors import building
from spawnnet_train.config.section import STRICT
from spawnnet_train.rollouts.environment import Expert


@dataclass(frozen=True, kw_only=True, config=STRICT)
class HeldOutConfig:
    """The cabinets that are kept out of training."""

    cabinets: str = "drawer-held-out-v1"
    num_cabinets: Annotated[int, Field(ge=1)] = 4


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SimulationConfig(EnvironmentConfig):
    """The simulation of the training cabinets, and what differs for the held-out ones."""

    held_out: HeldOutConfig = HeldOutConfig()

    def for_held_out(self) -> EnvironmentConfig:
        """Return the simulation of the held-out cabinets.

        Raises:
            ConfigurationError: If it is not valid.
        """
        shared = {field.name: getattr(self, field.name) for field in fields(EnvironmentConfig)}
        return EnvironmentConfig(**{**shared, **asdict(self.held_out)})


def open_environment(config: EnvironmentConfig) -> CabinetEnv:
    """Build simulated environments.

    Raises:
        ConfigError: If the renderer that is asked for does not work on this machine.
    """
    with building("simulation"):
        return create_environment(config)


def open_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert that labels states: the task's scripted one, or a learned one.

    Raises:
        ConfigError: If the checkpoint of a learned one does not exist or does not fit.
    """
    with building("simulation"):
        return cast(Expert, create_expert(config))


def resolved(config: SimulationConfig) -> SimulationConfig:
    """Return the simulation with the renderer that `auto` stands for on this machine.

    Raises:
        ConfigError: If the renderer that is asked for does not work here.
    """
    from spawnnet_sim.mujoco.rendering import _select  # TRANSITIONAL

    if config.renderer != "auto":
        return config
    name = next(n for n in _select.RENDERERS if _select._is_free(n) and _select.available(n))
    return replace(config, renderer=name)
