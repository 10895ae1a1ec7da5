"""Engines by name: what `engine` in a configuration may say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from spawnnet_sim.configuration import Configuration
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.randomization import RandomizationConfig
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.registry import Registry


@dataclass(frozen=True)
class EngineConfig(Configuration):
    """Which engine simulates; each engine adds its own settings.

    Attributes:
        name: Name of the engine.
    """

    name: str

    @property
    def worker_count(self) -> int:
        """Number of workers whose number a user chooses; 0 for none."""
        return 0

    def with_workers(self, workers: int) -> Self:
        """Return the settings for fewer such workers, with equal shares; by default they stay."""
        del workers
        return self


@dataclass(frozen=True)
class Use:
    """What an engine is used for, as far as some engines cannot do it.

    Attributes:
        scene: Name of the scene.
        randomization: What is to vary between episodes.
    """

    scene: str
    randomization: RandomizationConfig


def _accept(_: Any, __: Any) -> None:
    """Find nothing wrong."""


def _same(config: Any) -> Any:
    """Leave settings as they are."""
    return config


@dataclass(frozen=True)
class Engine:
    """What is registered for an engine.

    Attributes:
        config: Dataclass of its settings, an `EngineConfig` whose `name` is the engine's.
        create: Starts it for such settings and a scene.
        check: Checks such settings for a number of environments before anything is built; raises a
            `ConfigurationError` with the field below `engine`.
        check_use: Checks such settings for what they are used for, at the same time; raises a
            `ConfigurationError` with the field of the environment.
        resolve: Returns such settings with what they leave open as this machine decides it, so that
            they can be written down and repeated.
        supports_partial_reset: Whether some environments can be reset while others go on.
        is_exact: Whether the same commands lead to the same numbers, bit for bit.
    """

    config: type[EngineConfig]
    create: Callable[[Any, Scene], Physics]
    check: Callable[[Any, int], None] = _accept
    check_use: Callable[[Any, Use], None] = _accept
    resolve: Callable[[Any], Any] = _same
    supports_partial_reset: bool = True
    is_exact: bool = True


ENGINES: Registry[Engine] = Registry("engine.name")


def register_engine(name: str, engine: Engine) -> None:
    """Make an engine available under a name.

    Raises:
        ValueError: If the name is taken.
    """
    ENGINES.register(name, engine)


def list_engines() -> tuple[str, ...]:
    """Return the names of the engines, sorted."""
    return ENGINES.names


def engine_config(name: str) -> type[EngineConfig]:
    """Return the dataclass of an engine's settings.

    Raises:
        ConfigurationError: If there is no such engine.
    """
    return ENGINES.lookup(name).config


def check_engine(config: EngineConfig, num_envs: int) -> Engine:
    """Return the engine that is asked for, once its settings are known to be right.

    Raises:
        ConfigurationError: If there is no such engine, or its settings are not valid.
    """
    engine = ENGINES.lookup(config.name)
    if not isinstance(config, engine.config):
        raise ConfigurationError(
            "engine",
            f"the settings of {config.name!r} are a `{engine.config.__name__}`, "
            f"got a `{type(config).__name__}`.",
        )
    try:
        engine.check(config, num_envs)
    except ConfigurationError as error:
        raise error.below("engine") from None
    return engine


def resolve_engine(config: EngineConfig) -> EngineConfig:
    """Return settings with what they leave open, such as the renderer, as this machine decides it.

    Raises:
        ConfigurationError: If there is no such engine, or it does not work on this machine.
    """
    try:
        resolved: EngineConfig = ENGINES.lookup(config.name).resolve(config)
    except ConfigurationError as error:
        raise error.below("engine") from None
    return resolved


def create_physics(config: EngineConfig, scene: Scene) -> Physics:
    """Start the engine that is asked for.

    Raises:
        ConfigurationError: If there is no such engine, its settings are not valid, or it does not
            work on this machine.
    """
    engine = check_engine(config, scene.num_envs)
    try:
        return engine.create(config, scene)
    except ConfigurationError as error:
        raise error.below("engine") from error
