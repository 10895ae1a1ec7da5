"""From a configuration file to a configuration that can be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.yaml_file import read_yaml
from spawnnet_train.runs.checks import check
from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig
from spawnnet_train.runs.validation import validate


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig | BehaviorCloningRun:
    """Read, override, validate and check the configuration file `path`.

    Args:
        path: A YAML file; `extends: other.yaml` in it takes over what it does not set itself.
        overrides: `path=value` each, see `apply_overrides`.

    Raises:
        ConfigError: If anything in it cannot be run; nothing has been built by then.
    """
    config = validate(apply_overrides(_read(path), overrides))
    check(config)
    return config


def _read(path: Path, readers: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the settings of a file on top of those of the file that it extends."""
    if path in readers:
        raise ConfigError([f"{path}: extends itself."])
    settings = read_yaml(path)
    if "extends" not in settings:
        return settings
    other = settings.pop("extends")
    if not isinstance(other, str):
        raise ConfigError([f"{path}: extends: expected a path, got {other!r}."])
    return _merged(_read(path.parent / other, (*readers, path)), settings)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with the settings of `above`; a section of another `name` replaces it."""
    merged = {**below, **above}
    for key, value in above.items():
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            is_same = value.get("name", old.get("name")) == old.get("name")
            merged[key] = _merged(old, value) if is_same else value
    return merged
