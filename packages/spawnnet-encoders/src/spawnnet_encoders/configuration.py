"""Build frozen configuration dataclasses from plain mappings, with errors that name the path."""

import dataclasses
import difflib
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

C = TypeVar("C")


def build_config(cls: type[C], values: Mapping[str, Any], path: str = "") -> C:
    """Return `cls(**values)`, with nested mappings turned into nested dataclasses.

    Lists become tuples, so that what a YAML file can say and a frozen dataclass can hold agree.

    Raises:
        ValueError: If an option is unknown, or a value is rejected; the message starts with the
            dotted path of the option, such as `backbone.layers[2]: ...`.
    """
    types = typing.get_type_hints(cls)
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise ValueError(f"{path}{name}: unknown option{nearest(name, known)}.")
    arguments = {
        name: _convert(types[name], value, f"{path}{name}.") for name, value in values.items()
    }
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}{error}") from error


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean ...?` words for the closest known name, or the names themselves."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f", did you mean `{close[0]}`"
    return f", known are {', '.join(names)}" if len(names) <= 20 else ""


def _convert(expected: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(expected) and isinstance(value, Mapping):
        return build_config(typing.cast(type, expected), value, path)
    return tuple(value) if isinstance(value, list) else value
