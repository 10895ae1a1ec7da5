"""Names for what can be chosen by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from spawnnet_sim.errors import ConfigurationError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """Things of one kind by name.

    Args:
        field: Dotted path of the name in an `EnvironmentConfig`, where errors point to.
    """

    def __init__(self, field: str) -> None:
        self._field = field
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> None:
        """Add an entry.

        Raises:
            ValueError: If the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"`{self._field}` {name!r} is registered already.")
        self._entries[name] = entry

    def lookup(self, name: str) -> T:
        """Return the entry of that name.

        Raises:
            ConfigurationError: If there is none; the message names the nearest one.
        """
        require_known(name, self._entries, self._field)
        return self._entries[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._entries))


def require_known(name: str, known: Iterable[str], field: str) -> None:
    """Check that a name is one of those that are known.

    Raises:
        ConfigurationError: If it is not; the message names the nearest one.
    """
    names = sorted(known)
    if name not in names:
        message = f"{name!r} is unknown.{nearest(name, names)} Known: {', '.join(names)}."
        raise ConfigurationError(field, message)
