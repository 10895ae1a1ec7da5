"""Range checks that the configurations share."""

from __future__ import annotations

from collections.abc import Iterable

from spawnnet_policies.errors import ConfigurationError


def require_positive(config: object, *names: str) -> None:
    """Raise a `ConfigurationError` unless every named field of `config` is above zero."""
    for name in names:
        value = getattr(config, name)
        if not value > 0:
            raise ConfigurationError(name, f"must be positive, got {value}.")


def require_fraction(config: object, *names: str) -> None:
    """Raise a `ConfigurationError` unless every named field of `config` is in [0, 1)."""
    for name in names:
        value = getattr(config, name)
        if not 0 <= value < 1:
            raise ConfigurationError(name, f"must be at least 0 and below 1, got {value}.")


def require_divisible(config: object, name: str, divisor: str) -> None:
    """Raise a `ConfigurationError` unless one field of `config` is a multiple of another."""
    value, by = getattr(config, name), getattr(config, divisor)
    if value % by:
        raise ConfigurationError(name, f"must be a multiple of `{divisor}`, got {value} and {by}.")


def require_layers(layers: tuple[int, ...]) -> None:
    """Raise a `ConfigurationError` unless every hidden width is positive."""
    if any(width < 1 for width in layers):
        raise ConfigurationError("layers", f"every width must be positive, got {tuple(layers)}.")


def require_choice(config: object, name: str, choices: Iterable[str]) -> None:
    """Raise a `ConfigurationError` unless a field of `config` is one of the choices."""
    value, known = getattr(config, name), list(choices)
    if value not in known:
        raise ConfigurationError(name, f"must be one of {known}, got {value!r}.")
