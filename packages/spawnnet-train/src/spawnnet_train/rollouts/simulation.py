"""The simulation of a run: the training cabinets, and those that students are measured on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, ClassVar, cast

from pydantic import ConfigDict

from spawnnet_config.choices import OneOf
from spawnnet_config.section import STRICT
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.config.errors import building
from spawnnet_train.config.simulator import (
    CabinetEnv,
    CabinetsConfig,
    EnvironmentConfig,
    MujocoConfig,
    cabinet_set,
    create_environment,
    create_expert,
    engine_config,
    list_engines,
    list_tasks,
    resolve_engine,
    task_cabinets,
)
from spawnnet_train.rollouts.environment import Expert

TRAIN, NEW, HELD_OUT = "train", "new", "held_out"
"""Splits: the cabinets that are trained on, others of the same family, and those of another one."""


@dataclass(frozen=True, kw_only=True)
class SimulationConfig(EnvironmentConfig):
    """The simulation of the training cabinets, and what differs for the others."""

    # Not one of pydantic's, as `RunConfig`.
    __pydantic_config__: ClassVar[ConfigDict] = STRICT  # type: ignore[assignment]

    engine: Annotated[Any, OneOf(list_engines, engine_config)] = field(default_factory=MujocoConfig)
    new: CabinetsConfig | None = None
    """Cabinets of the training family that are not trained on; by default as many as held-out ones,
    from the first one after the training cabinets on."""
    held_out: CabinetsConfig = field(default_factory=lambda: CabinetsConfig(count=4))
    """Cabinets of the family that is kept out of training; by default the task's. A file without
    this section has all of them, and without `cabinets` all that the task is trained on."""

    def splits(self) -> dict[str, EnvironmentConfig]:
        """Return the simulation of each split; a folder of assets has no new ones unless named."""
        cabinets = {TRAIN: self.cabinets, NEW: self._new(), HELD_OUT: self._held_out()}
        return {
            split: self._with(each, split) for split, each in cabinets.items() if each is not None
        }

    def _with(self, cabinets: CabinetsConfig, split: str) -> EnvironmentConfig:
        shared = {each.name: getattr(self, each.name) for each in fields(EnvironmentConfig)}
        engine = self.engine
        if split != TRAIN:  # shares are of the number of training environments
            engine = engine.with_workers(engine.worker_count)
        return EnvironmentConfig(**{**shared, "cabinets": cabinets, "engine": engine})

    def _new(self) -> CabinetsConfig | None:
        trained = self.cabinets
        if self.new is not None or trained.folder is not None:
            return self.new
        after = trained.first + trained.count
        return replace(trained, first=after, count=self.held_out.count)

    def _held_out(self) -> CabinetsConfig:
        if self.held_out.set is not None or self.held_out.folder is not None:
            return self.held_out
        return replace(self.held_out, set=task_cabinets(self.task, split=HELD_OUT).set)


def say_cabinets(settings: dict[str, Any]) -> dict[str, Any]:
    """Return parsed settings in which cabinets that are not said are as many as the task has."""
    simulation = settings.get("simulation")
    if not isinstance(simulation, dict):
        return settings
    task = simulation.get("task", EnvironmentConfig.task)
    if task not in list_tasks():
        return settings
    sections = {"cabinets": "training", "held_out": HELD_OUT}
    counts = {name: {"count": task_cabinets(task, split=s).count} for name, s in sections.items()}
    return {**settings, "simulation": {**counts, **simulation}}


def open_environment(config: EnvironmentConfig, console: Console | None = None) -> CabinetEnv:
    """Build simulated environments.

    Args:
        config: What to build.
        console: Shows a bar while cabinets are loaded from a folder.

    Raises:
        ConfigError: If the renderer that is asked for does not work on this machine.
    """
    with building("simulation"):
        if console is None or config.cabinets.folder is None:
            return create_environment(config)
        count = min(config.env_count, config.cabinets.count)
        with console.progress("cabinets", count) as advance:
            return create_environment(config, watch=advance)


def open_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert that labels states.

    Raises:
        ConfigError: If the checkpoint of a learned one does not exist or does not fit.
    """
    with building("simulation"):
        return cast(Expert, create_expert(config))


def resolved(config: SimulationConfig) -> SimulationConfig:
    """Return the simulation with what it left open: the renderer of this machine, the task's sets.

    Raises:
        ConfigError: If the engine does not work here.
    """
    with building("simulation"):
        engine = resolve_engine(config.engine)
        named = {name: _named(split) for name, split in config.splits().items()}
    return replace(
        config,
        engine=engine,
        cabinets=named[TRAIN],
        new=named.get(NEW),
        held_out=named[HELD_OUT],
    )


def _named(config: EnvironmentConfig) -> CabinetsConfig:
    return replace(config.cabinets, set=cabinet_set(config))
