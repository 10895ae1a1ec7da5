"""Settings from a YAML file and from those that it extends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import read_yaml


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings in a YAML file, on top of those of the file that it `extends`.

    Raises:
        ConfigError: If a file cannot be read, is no YAML, or extends itself.
    """
    return _read(path, ())


def _read(path: Path, readers: tuple[Path, ...]) -> dict[str, Any]:
    if path in readers:
        raise ConfigError([f"{path}: extends itself."])
    settings = read_yaml(path)
    if "extends" not in settings:
        return settings
    other = settings.pop("extends")
    if not isinstance(other, str):
        raise ConfigError([f"{path}: extends: expected a path, got {other!r}."])
    return merged(_read(path.parent / other, (*readers, path)), settings)


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return the settings `below` with those of `above` on top.

    Sections are merged, but one of another `name` replaces what was there.
    """
    together = {**below, **above}
    for key, value in above.items():
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            is_same = value.get("name", old.get("name")) == old.get("name")
            together[key] = merged(old, value) if is_same else value
    return together
