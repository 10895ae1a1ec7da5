"""Settings from a YAML file and from those that it extends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spawnnet_config.merging import merged
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import read_yaml

_LONGEST = 20  # chain of files that extend each other


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings in a YAML file, on top of those of the file that it `extends`.

    Raises:
        ConfigError: If a file cannot be read, is no YAML, or extends itself.
    """
    together: dict[str, Any] = {}
    for _, settings in reversed(_chain(path)):
        together = merged(together, settings)
    return together


def files_of(path: Path) -> list[Path]:
    """Return a YAML file, the one that it `extends`, and so on.

    Raises:
        ConfigError: As `read_settings`.
    """
    return [file for file, _ in _chain(path)]


def _chain(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return a file and those that it extends in turn, each with its own settings."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    following: Path | None = path
    while following is not None:
        if any(file == following for file, _ in chain):
            raise ConfigError([f"{following}: extends itself."])
        if len(chain) > _LONGEST:
            raise ConfigError([f"{following}: more than {_LONGEST} files extend each other."])
        settings = read_yaml(following)
        other = settings.pop("extends", None)
        if not isinstance(other, str | None):
            raise ConfigError([f"{following}: extends: expected a path, got {other!r}."])
        chain.append((following, settings))
        following = None if other is None else following.parent / other
    return chain
