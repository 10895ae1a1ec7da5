"""Single settings of a configuration, changed by name: what `--set` of the commands takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.registry import require_known

T = TypeVar("T")


def override(config: T, changes: Sequence[str]) -> T:
    """Return a configuration with some settings changed.

    Args:
        config: A frozen dataclass whose groups are frozen dataclasses.
        changes: Such as `robot.control=tip` or `cameras.views=["wrist"]`: a dotted path, and a
            value in JSON or a plain word.

    Raises:
        ConfigurationError: If a setting does not exist, or its value is not valid.
    """
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals:
            raise ConfigurationError("", f"{change!r} is not of the form `setting=value`.")
        config = _changed(config, path.split("."), _parsed(text), path)
    return config


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value


def _changed(config: Any, names: list[str], value: Any, path: str) -> Any:
    name, *inner = names
    known = [field.name for field in fields(config)]
    require_known(name, known, path)
    old = getattr(config, name)
    if inner and not is_dataclass(old):
        raise ConfigurationError(path, f"{name!r} is one setting, not a group of them.")
    if not inner and is_dataclass(old):
        raise ConfigurationError(path, f"{name!r} is a group of settings: name one of them.")
    new = _changed(old, inner, value, path) if inner else _like(old, value)
    try:
        return replace(config, **{name: new})
    except ConfigurationError as error:
        raise ConfigurationError(path, error.message) from error


def _like(old: Any, value: Any) -> Any:
    """Return the value, an integer as a float where one stands now; types are checked later."""
    return float(value) if isinstance(old, float) and type(value) is int else value
