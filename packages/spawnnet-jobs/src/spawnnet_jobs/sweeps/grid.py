"""The combinations of settings that a sweep runs."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from spawnnet_config import ConfigError
from spawnnet_jobs.program import Program

_MOST_RUNS = 10_000


def read_axes(
    program: Program, settings: Mapping[str, Any], grid: Sequence[str]
) -> dict[str, list[Any]]:
    """Return the values of every setting that a grid names, by its full path.

    Args:
        program: Parses values.
        settings: Complete ones; their `sweep` is part of the grid.
        grid: `path=a,b,c` each, on top of it or in place of the same path there. A bare name such
            as `lr` stands for the one setting that ends so.

    Raises:
        ConfigError: If the grid is empty or too large, or an axis cannot be understood.
    """
    paths = _paths(settings)
    written = settings["sweep"].items()
    axes = {_full(path, paths, f"sweep.{path}"): list(values) for path, values in written}
    axes |= dict(_axis(program, text, paths) for text in grid)
    if not axes:
        message = "no grid of settings; write one here, or give it as --set path=value,value."
        raise ConfigError([f"sweep: {message}"])
    if empty := next((path for path, values in axes.items() if not values), None):
        raise ConfigError([f"sweep.{empty}: no value; name at least one."])
    count = math.prod(map(len, axes.values()))
    if count > _MOST_RUNS:
        raise ConfigError([f"sweep: at most {_MOST_RUNS:,} runs, this grid has {count:,}."])
    return axes


def combinations(axes: Mapping[str, Sequence[Any]]) -> list[list[str]]:
    """Return the overrides `path=value` of every combination of values, one per axis."""
    return [
        [f"{path}={json.dumps(value)}" for path, value in zip(axes, chosen, strict=True)]
        for chosen in itertools.product(*axes.values())
    ]


def _axis(program: Program, text: str, paths: Sequence[str]) -> tuple[str, list[Any]]:
    """Return path and values of one axis given at the command line."""
    path, equals, values = text.partition("=")
    if not equals:
        raise ConfigError([f"--set {text}: expected path=value,value, such as seed=0,1,2."])
    return _full(path, paths, f"--set {text}"), program.parse(f"[{values}]", f"--set {text}")


def _full(path: str, paths: Sequence[str], place: str) -> str:
    """Return the one path that is `path` or ends so; `path` itself where there is none."""
    found = [known for known in paths if known == path] or [
        known for known in paths if known.endswith(f".{path}")
    ]
    if len(found) > 1:
        raise ConfigError([f"{place}: could be {' or '.join(found)}, write one of them."])
    return found[0] if found else path


def _paths(settings: Any, prefix: str = "") -> list[str]:
    if not isinstance(settings, Mapping):
        return [prefix]
    below = [
        _paths(value, f"{prefix}.{key}" if prefix else key)
        for key, value in settings.items()
        if prefix or key != "sweep"  # whose keys are paths themselves
    ]
    return [path for paths in below for path in paths]
