"""Which settings of a configuration differ from their defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class _Change(NamedTuple):
    path: str
    value: Any
    default: Any


def changed_settings(config: Any) -> dict[str, dict[str, Any]]:
    """Return `value` and `default` of the settings of a dataclass that differ, by dotted path.

    Settings without a default are among them; values are fit for JSON.
    """
    return {
        change.path: {"value": _plain(change.value), "default": _plain(change.default)}
        for change in _changes(config, None, "")
    }


def _changes(config: Any, default: Any, path: str) -> Iterator[_Change]:
    """Yield what differs in a dataclass from another, or else from the defaults of its fields."""
    for field in dataclasses.fields(config):
        value, place = getattr(config, field.name), f"{path}.{field.name}" if path else field.name
        known = _default(field) if default is None else getattr(default, field.name)
        if dataclasses.is_dataclass(value):
            yield from _changes(value, known if type(known) is type(value) else None, place)
        elif value != known:
            yield _Change(place, value, known)


def _default(field: dataclasses.Field[Any]) -> Any:
    """Return what a field is where nobody sets it; an empty text where somebody has to."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "" if field.default is dataclasses.MISSING else field.default


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
