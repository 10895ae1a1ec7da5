"""Algorithms by name."""

from __future__ import annotations

from typing import Any, NamedTuple

from spawnnet_train.algorithms.algorithm import Algorithm


class _Entry(NamedTuple):
    config: type[Any]
    algorithm: type[Algorithm[Any]]


_ENTRIES: dict[str, _Entry] = {}


def register_algorithm(name: str, config: type[Any], algorithm: type[Algorithm[Any]]) -> None:
    """Make an algorithm available to `algorithm: {name: ...}` of a configuration file.

    Args:
        name: What users write.
        config: The frozen dataclass of its settings.
        algorithm: Is opened as `algorithm.open(config, run)`.

    Raises:
        ValueError: If the name is taken.
    """
    if name in _ENTRIES:
        raise ValueError(f"algorithm {name!r} is already registered.")
    _ENTRIES[name] = _Entry(config, algorithm)


def list_algorithms() -> tuple[str, ...]:
    """Return the names of all algorithms, sorted."""
    return tuple(sorted(_ENTRIES))


def algorithm_config(name: str) -> type[Any]:
    """Return the dataclass of an algorithm's settings."""
    return _ENTRIES[name].config


def algorithm_class(name: str) -> type[Algorithm[Any]]:
    """Return the algorithm of that name."""
    return _ENTRIES[name].algorithm
