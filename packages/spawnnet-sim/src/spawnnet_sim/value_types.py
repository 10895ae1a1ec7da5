"""Whether the values of a configuration have the types that its dataclass declares."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Sequence
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from spawnnet_sim.errors import ConfigurationError

_NUMBERS: dict[Any, tuple[type, str]] = {
    int: (Integral, "a whole number"),
    float: (Real, "a finite number"),
}


def require_types(config: Any) -> None:
    """Check the fields of a dataclass against its annotations; numbers must be finite.

    Raises:
        ConfigurationError: With the field that is wrong, and its value.
    """
    hints = typing.get_type_hints(type(config))
    for field in fields(config):
        value = getattr(config, field.name)
        if not _fits(value, hints[field.name]):
            what = _described(hints[field.name])
            raise ConfigurationError(field.name, f"must be {what}, got {value!r}.")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple:
        return _fits_tuple(value, arguments)
    if hint in _NUMBERS:
        is_number = isinstance(value, _NUMBERS[hint][0]) and not isinstance(value, bool)
        return is_number and math.isfinite(value)
    return isinstance(value, hint)


def _fits_tuple(value: Any, hints: tuple[Any, ...]) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    if hints[-1] is Ellipsis:
        return all(_fits(each, hints[0]) for each in value)
    return len(value) == len(hints) and all(map(_fits, value, hints))


def _described(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_described(each) for each in arguments)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"a list, each entry {_described(arguments[0])}"
    if origin is tuple:
        return f"{len(arguments)} entries, each {_described(arguments[0])}"
    if hint in _NUMBERS:
        return _NUMBERS[hint][1]
    names = {str: "text", bool: "true or false", types.NoneType: "none"}
    return names.get(hint, f"of the type `{getattr(hint, '__name__', hint)}`")
