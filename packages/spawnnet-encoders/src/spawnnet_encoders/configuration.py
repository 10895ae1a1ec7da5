"""Build frozen configuration dataclasses from plain mappings, with errors that name the path."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from spawnnet_encoders.errors import ConfigurationError, nearest

C = TypeVar("C")
PLAIN_TYPES: Mapping[Any, type] = {
    int: Integral,
    float: Real,
    str: str,
    bool: bool,
    types.NoneType: types.NoneType,
}


def build_config(cls: type[C], values: Mapping[str, Any], path: str = "") -> C:
    """Return `cls(**values)`, with nested mappings turned into nested dataclasses.

    Lists become tuples, so that what a YAML file can say and a frozen dataclass can hold agree.

    Args:
        cls: A frozen dataclass.
        values: Values of its fields.
        path: What the fields of errors start with, such as `backbone.`.

    Raises:
        ConfigurationError: If an option is unknown, or a value is rejected.
    """
    hints = typing.get_type_hints(cls)
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise ConfigurationError(f"{path}{name}", f"unknown option{nearest(name, known)}.")
    arguments = {name: _convert(hints[name], value, path + name) for name, value in values.items()}
    try:
        return cls(**arguments)
    except ConfigurationError as error:
        raise ConfigurationError(path + error.field, error.message) from error


def require_at_least(config: object, least: int, *names: str) -> None:
    """Check that fields of a configuration are None or at least so large.

    Raises:
        ConfigurationError: With the field's name.
    """
    for name in names:
        value = getattr(config, name)
        if value is not None and value < least:
            raise ConfigurationError(name, f"must be at least {least}, got {value}.")


def require_fraction(config: object, name: str) -> None:
    """Check that a field of a configuration is at least 0 and below 1.

    Raises:
        ConfigurationError: With the field's name.
    """
    value = getattr(config, name)
    if not 0 <= value < 1:
        raise ConfigurationError(name, f"must be at least 0 and below 1, got {value}.")


def require_choice(config: object, **choices: Any) -> None:
    """Check that fields of a configuration hold one of the values of their `Literal` types.

    Raises:
        ConfigurationError: With the field's name.
    """
    for name, literal in choices.items():
        value, allowed = getattr(config, name), typing.get_args(literal)
        if value not in allowed:
            raise ConfigurationError(name, f"must be one of {allowed}, got {value!r}.")


def _convert(expected: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(expected) and isinstance(value, Mapping):
        return build_config(typing.cast(type, expected), value, f"{path}.")
    if dataclasses.is_dataclass(expected) and not dataclasses.is_dataclass(value):
        raise ConfigurationError(path, f"expected options as a mapping, got {value!r}.")
    value = tuple(value) if isinstance(value, list) else value
    if not _fits(expected, value):
        kind = expected.__name__ if isinstance(expected, type) else expected
        raise ConfigurationError(path, f"expected {kind}, got {value!r}.")
    return value


def _fits(expected: Any, value: Any) -> bool:
    """Return whether a value is of a plain type, or of a union or tuple of them."""
    arguments = typing.get_args(expected)
    if isinstance(expected, types.UnionType):
        return any(_fits(argument, value) for argument in arguments)
    if typing.get_origin(expected) is tuple:
        return isinstance(value, tuple) and _all_fit(arguments, value)
    if isinstance(value, bool):  # to Python an integer
        return expected is bool or expected not in PLAIN_TYPES
    return isinstance(value, PLAIN_TYPES.get(expected, object))


def _all_fit(arguments: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    """Return whether values fit the arguments of a tuple's type, which may end in `...`."""
    if arguments[-1] is Ellipsis:
        return all(_fits(arguments[0], value) for value in values)
    return len(values) == len(arguments) and all(map(_fits, arguments, values))
