"""The error that a user's settings or machine cause."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ConfigurationError(ValueError):
    """What is asked for is not valid, or not available on this machine.

    Args:
        field: Dotted path inside the configuration that is wrong, such as `cabinets.count`; empty
            where no single field is.
        message: What is wrong with it, with the values and what to do.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field, self.message = field, message

    def below(self, path: str) -> ConfigurationError:
        """Return the same error for a configuration that holds this one at `path`."""
        field = f"{path}.{self.field}" if self.field else path
        return ConfigurationError(field, self.message)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class WorkerError(RuntimeError):
    """A worker died, hung or failed; the message tells its environments and its log."""


def require(holds: bool, field: str, value: object, what: str) -> None:
    """Raise a `ConfigurationError` that `field` must be `what` unless it holds.

    Args:
        holds: Whether the value is valid.
        field: Dotted path of the value.
        value: The value, for the message.
        what: What would be valid, such as `at least 1`.
    """
    if not holds:
        raise ConfigurationError(field, f"must be {what}, got {value}.")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence, after a space, with the known name that was meant; empty if none is."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
