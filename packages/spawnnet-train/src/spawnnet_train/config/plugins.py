"""Modules of the user, read before a configuration is validated, so that it can name their things.

A module registers encoders, heads, tasks, engines, experts or algorithms when it is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from spawnnet_train.config.errors import ConfigError

ENTRY_POINTS = "spawnnet.plugins"
"""The group of entry points by which an installed package is read without being named."""


def has_plugins(settings: Mapping[str, Any]) -> bool:
    """Return whether `import_plugins` would import anything, or complain."""
    return bool(settings.get("imports") or metadata.entry_points(group=ENTRY_POINTS))


def import_plugins(settings: Mapping[str, Any]) -> None:
    """Import what `imports` of the settings lists, and every installed plug-in.

    Raises:
        ConfigError: If `imports` is no list of names, or a module does not exist. An error inside
            a module is its author's to see, and passes through.
    """
    for point in metadata.entry_points(group=ENTRY_POINTS):
        point.load()
    names = settings.get("imports", [])
    if not isinstance(names, list | tuple) or not all(map(_is_module_name, names)):
        raise ConfigError([f"imports: expected a list of modules, got {names!r}."])
    for index, name in enumerate(names):
        _import(name, f"imports[{index}]")


def _is_module_name(name: Any) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.split("."))


def _import(name: str, path: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # something that the module itself imports
        message = f"{path}: there is no module {name!r}; is its folder on PYTHONPATH?"
        raise ConfigError([message]) from None
