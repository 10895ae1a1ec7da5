"""The combinations of settings that a sweep runs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import parse_yaml
from spawnnet_train.runs.loading import dump_yaml
from spawnnet_train.runs.run_config import RunConfig


def combinations(config: RunConfig, grid: Sequence[str], file: Path) -> list[list[str]]:
    """Return the overrides `path=value` of every combination of a grid.

    Args:
        config: Its `sweep` is part of the grid.
        grid: `path=a,b,c` each, on top of it or in place of the same path there. A bare name such
            as `lr` stands for the one setting that ends so.
        file: Where the configuration is from, for error messages.

    Raises:
        ConfigError: If the grid is empty, or an axis cannot be understood.
    """
    paths = _paths(parse_yaml(dump_yaml(config), str(file)))
    axes = {
        _full(path, paths, f"sweep.{path}"): list(values) for path, values in config.sweep.items()
    }
    axes |= dict(_axis(text, paths) for text in grid)
    if not axes:
        message = "no grid of settings; write one here, or give it as --set path=value,value."
        raise ConfigError([f"sweep: {message}"])
    return [
        [f"{path}={json.dumps(value)}" for path, value in zip(axes, chosen, strict=True)]
        for chosen in itertools.product(*axes.values())
    ]


def _axis(text: str, paths: Sequence[str]) -> tuple[str, list[Any]]:
    """Return path and values of one axis given at the command line."""
    path, equals, values = text.partition("=")
    if not equals:
        raise ConfigError([f"--set {text}: expected path=value,value, such as seed=0,1,2."])
    return _full(path, paths, f"--set {text}"), parse_yaml(f"[{values}]", f"--set {text}")


def _full(path: str, paths: Sequence[str], place: str) -> str:
    """Return the one path that is `path` or ends so; `path` itself where there is none."""
    found = [known for known in paths if known == path] or [
        known for known in paths if known.endswith(f".{path}")
    ]
    if len(found) > 1:
        raise ConfigError([f"{place}: could be {' or '.join(found)}, write one of them."])
    return found[0] if found else path


def _paths(settings: Any, prefix: str = "") -> list[str]:
    if not isinstance(settings, dict):
        return [prefix]
    below = [
        _paths(value, f"{prefix}.{key}" if prefix else key)
        for key, value in settings.items()
        if prefix or key != "sweep"  # whose keys are paths themselves
    ]
    return [path for paths in below for path in paths]
