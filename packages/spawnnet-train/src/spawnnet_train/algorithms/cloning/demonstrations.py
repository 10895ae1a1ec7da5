"""Demonstrations of a run: where they are, and what a student of them sees and does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.reading.statistics import Statistics, compute_statistics
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.problem import DataError
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.section import STRICT
from spawnnet_train.student.normalization import Bounds
from spawnnet_train.student.spec import StudentSpec, default_action_names

SECTION = "algorithm.demonstrations"
"""Where in the configuration demonstrations are named."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DemonstrationSetConfig:
    """One set of demonstrations, in any format that `spawnnet-train data inspect` reads."""

    path: Path
    """A file or a directory; relative to the working directory."""
    split: str | None = None
    """A named part of it; null for all."""
    stride: Annotated[int, Field(ge=1)] = 1
    """Keep every `stride`-th episode."""
    trajectories: Literal["all", "first"] = "all"
    """Of the original's HDF5 files, every trajectory or the first one of each file."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DemonstrationsConfig:
    """What is trained and validated on."""

    train: DemonstrationSetConfig
    validation: Mapping[str, DemonstrationSetConfig] = field(default_factory=dict)
    """Sets by name; the first decides which checkpoint is best. The paper's are `L1`, seen objects,
    and `L2`, unseen ones."""
    keys: KeyMapping
    """Which keys are the views, the proprioception and the actions."""
    action_bounds: Bounds | None = None
    """Smallest and largest action, which predictions keep to; null takes those demonstrated."""
    action_names: tuple[str, ...] | None = None
    """What the dimensions of an action are called in pictures and metrics, such as `x (m)`."""
    skip_broken: bool = False
    """Leave out broken episodes and images with a warning, instead of stopping."""


class DemonstrationSets(NamedTuple):
    """Open demonstrations."""

    train: Demonstrations
    validation: dict[str, Demonstrations]


def open_demonstrations(config: DemonstrationsConfig) -> DemonstrationSets:
    """Open and check every set.

    Raises:
        ConfigError: If one is missing, broken, or does not have the keys; the message starts with
            its path in the configuration.
    """
    train = _open(config, config.train, f"{SECTION}.train")
    validation = {
        name: _open(config, one, f"{SECTION}.validation.{name}")
        for name, one in config.validation.items()
    }
    for name, one in validation.items():
        sizes = [(d.action_dim, d.proprioception_dim, d.image_size) for d in (one, train)]
        if sizes[0] != sizes[1]:
            raise ConfigError(
                [
                    f"{SECTION}.validation.{name}: expected actions, proprioception and images"
                    f" of the sizes of the training set, {sizes[1]}, got {sizes[0]}."
                ]
            )
    return DemonstrationSets(train, validation)


def describe_demonstrations(
    config: DemonstrationsConfig, demonstrations: Demonstrations
) -> StudentSpec:
    """Sweep the training set for its statistics and return what a student of it sees and does.

    Raises:
        ConfigError: If bounds or names are not one for each dimension of an action.
    """
    statistics = compute_statistics(demonstrations)
    width = demonstrations.action_dim
    names = config.action_names or default_action_names(width)
    bounds = config.action_bounds or _demonstrated(statistics)
    for setting, values in (("names", names), ("bounds[0]", bounds[0]), ("bounds[1]", bounds[1])):
        if len(values) != width:
            raise ConfigError(
                [f"{SECTION}.action_{setting}: expected {width} values, got {len(values)}."]
            )
    return StudentSpec(
        views=demonstrations.views,
        image_size=demonstrations.image_size,
        depth_views=tuple(name for name, v in demonstrations.mapping.views.items() if v.depth),
        proprioception_dim=demonstrations.proprioception_dim,
        action_bounds=bounds,
        action_names=names,
        rate=demonstrations.source.rate,
        proprioception=statistics.proprioception,
        actions=statistics.actions,
    )


def _open(config: DemonstrationsConfig, one: DemonstrationSetConfig, place: str) -> Demonstrations:
    try:
        source = open_source(one.path, trajectories=one.trajectories)
        demonstrations = Demonstrations(
            source,
            config.keys,
            split=one.split,
            stride=one.stride,
            skip_broken=config.skip_broken,
        )
        _ = demonstrations.image_size  # raises where views differ
    except DataError as error:
        raise ConfigError([f"{place}: {error}"]) from error
    except ImportError as error:
        raise ConfigError([f"{place}.path: {error}"]) from error
    except ValueError as error:
        where = place if str(error).startswith("split") else f"{SECTION}.keys"
        raise ConfigError([f"{where}.{error}"]) from error
    return demonstrations


def _demonstrated(statistics: Statistics) -> Bounds:
    """Return the range of the demonstrated actions; one that never varies gets a width."""
    low, high = np.asarray(statistics.actions.minimum), np.asarray(statistics.actions.maximum)
    margin = np.where(high - low < 1e-6, 1.0, 0.0)
    return _floats(low - margin), _floats(high + margin)


def _floats(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
