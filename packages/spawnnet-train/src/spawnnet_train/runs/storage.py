"""What a run needs of the machine, said and checked before it starts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

from spawnnet_jobs.together.collectives import gather
from spawnnet_jobs.together.ranks import local_size, size
from spawnnet_train.algorithms.algorithm import Algorithm
from spawnnet_train.algorithms.storage import Part, Space, describe_parts, free_space, place_parts
from spawnnet_train.config.errors import building
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.cost import update_bytes
from spawnnet_train.student.student import Student

T = TypeVar("T")


def decide_storage(
    config: RunConfig, algorithm: Algorithm[Any], student: Student
) -> tuple[RunConfig, str]:
    """Return the configuration with every place decided that was left to `auto`, and the sizes.

    Raises:
        ConfigError: If the machine has too little; it says what would fit.
    """
    parts = [*algorithm.storage(student), _network(config, student)]
    with building(""):
        places = place_parts(parts, _free_share(config.output))
    for setting, place in places.items():
        config = _replaced(config, setting.split("."), place)
    return config, describe_parts(parts, places)


def _free_share(folder: Path) -> Space:
    """Return what of the free space is this process's, as little as any process has."""
    shares = gather([free // local_size() for free in free_space(folder)])
    return Space(*map(min, zip(*shares, strict=True)))


def _network(config: RunConfig, student: Student) -> Part:
    nbytes = update_bytes(student, -(-config.train.batch_size // size()))
    # That of another device is its own, and its library says when it is used up.
    return Part("network", "", nbytes if student.device.type == "cpu" else 0)


def _replaced(section: T, path: list[str], value: object) -> T:
    """Return a section with the setting at `path` below it set."""
    name, *rest = path
    new = _replaced(getattr(section, name), rest, value) if rest else value
    return dataclasses.replace(section, **{name: new})  # type: ignore[type-var]
