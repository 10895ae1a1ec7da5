"""What every group of settings has in common: a wrong name or value is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, ClassVar, Self

from spawnnet_sim.errors import ConfigurationError, nearest
from spawnnet_sim.value_types import require_types


@dataclass(frozen=True)
class Configuration:
    """Base of the frozen dataclasses that hold settings.

    Raises:
        ConfigurationError: If a setting does not exist or has a value of another type; subclasses
            extend `__post_init__` by the ranges of theirs.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __new__(cls, *values: object, **settings: object) -> Self:
        """Refuse settings that do not exist, before Python does."""
        names = [field.name for field in fields(cls)]
        for name in settings.keys() - set(names):
            raise ConfigurationError(name, f"{cls.__name__} has no such setting.{_hint(cls, name)}")
        if len(values) > len(names):
            message = f"{cls.__name__} has {len(names)} settings, got {len(values)} values."
            raise ConfigurationError("", message)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        require_types(self)


def _hint(group: type[Configuration], name: str) -> str:
    """Return which setting was meant, of this group or of one in it, and what there is."""
    own = [field.name for field in fields(group)]
    paths = [path for path in _inner_paths(group) if path.endswith(f".{name}")]
    hint = f" Did you mean {paths[0]!r}?" if paths else nearest(name, own)
    return f"{hint} Known: {', '.join(own)}."


def _inner_paths(group: type[Configuration]) -> Iterator[str]:
    """Yield the settings of the groups in a group."""
    for field in fields(group):
        default = _default(field)
        if isinstance(default, Configuration):
            yield from (f"{field.name}.{each.name}" for each in fields(default))


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()
