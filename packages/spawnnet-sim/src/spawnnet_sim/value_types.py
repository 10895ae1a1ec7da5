"""Whether the values of a configuration have the types that its dataclass declares."""

from __future__ import annotations

import math
import reprlib
import types
import typing
from collections.abc import Sequence
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from spawnnet_sim.errors import ConfigurationError, nearest

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
            hint = hints[field.name]
            close = nearest(value, _choices(hint)) if isinstance(value, str) else ""
            message = f"must be {_described(hint)}, got {reprlib.repr(value)}.{close}"
            raise ConfigurationError(field.name, message)


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple and arguments:
        return _fits_tuple(value, arguments)
    if hint in _NUMBERS:
        is_number = isinstance(value, _NUMBERS[hint][0]) and not isinstance(value, bool)
        return is_number and _is_finite(value)
    # Of the settings of other people's engines only the outermost type is looked at.
    kind = origin or hint
    return isinstance(value, kind) if isinstance(kind, type) else True


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False  # a whole number beyond what a float can hold


def _fits_tuple(value: Any, hints: tuple[Any, ...]) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    if hints[-1] is Ellipsis:
        return all(_fits(each, hints[0]) for each in value)
    return len(value) == len(hints) and all(map(_fits, value, hints))


def _choices(hint: Any) -> list[str]:
    is_choice = typing.get_origin(hint) is typing.Literal
    return [each for each in typing.get_args(hint) if is_choice and isinstance(each, str)]


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
