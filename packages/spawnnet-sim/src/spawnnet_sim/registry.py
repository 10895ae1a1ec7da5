"""Names for what can be chosen by name."""

from __future__ import annotations

import difflib
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things of one kind by name.

    Args:
        kind: What is registered, as in the configuration: the first word of errors.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> None:
        """Add an entry.

        Raises:
            ValueError: If the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"`{self._kind}` {name!r} is registered already.")
        self._entries[name] = entry

    def lookup(self, name: str) -> T:
        """Return the entry of that name.

        Raises:
            ValueError: If there is none; the message names the nearest one.
        """
        if name in self._entries:
            return self._entries[name]
        close = difflib.get_close_matches(name, self._entries, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"`{self._kind}` is unknown: {name!r}.{hint} Known: {', '.join(self.names)}."
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._entries))
