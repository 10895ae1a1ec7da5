"""What a student of demonstrations sees and does."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass

import spawnnet_data
from spawnnet_config.section import STRICT
from spawnnet_data import Demonstrations, Statistics, compute_statistics
from spawnnet_train.config.errors import SettingError
from spawnnet_train.student.normalization import Bounds
from spawnnet_train.student.spec import StudentSpec, default_action_names


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DemonstrationsConfig(spawnnet_data.DemonstrationsConfig):
    """Sets of demonstrations; the first for validation decides which checkpoint is best."""

    action_bounds: Bounds | None = None
    """Smallest and largest action, which predictions keep to; null takes those demonstrated."""
    action_names: tuple[str, ...] | None = None
    """What the dimensions of an action are called in pictures and metrics, such as `x (m)`."""


def spec_of_demonstrations(config: DemonstrationsConfig, shown: Demonstrations) -> StudentSpec:
    """Sweep a training set for its statistics and return what a student of it sees and does.

    Raises:
        SettingError: If bounds or names are not one for each dimension of an action, or bounds do
            not ascend.
    """
    statistics = compute_statistics(shown)
    names = config.action_names or default_action_names(shown.action_dim)
    bounds = config.action_bounds or _demonstrated(statistics)
    for setting, values in (("names", names), ("bounds[0]", bounds[0]), ("bounds[1]", bounds[1])):
        if len(values) != shown.action_dim:
            message = f"expected {shown.action_dim} values, got {len(values)}."
            raise SettingError(f"action_{setting}", message)
    for index, (low, high) in enumerate(zip(*bounds, strict=True)):
        if not low < high:
            message = f"must be above `action_bounds[0][{index}]`, got {high} and {low}."
            raise SettingError(f"action_bounds[1][{index}]", message)
    return StudentSpec(
        views=shown.views,
        image_size=shown.image_size,
        depth_views=tuple(name for name, view in shown.mapping.views.items() if view.depth),
        proprioception_dim=shown.proprioception_dim,
        action_bounds=bounds,
        action_names=names,
        rate=shown.source.rate,
        proprioception=statistics.proprioception,
        actions=statistics.actions,
    )


def _demonstrated(statistics: Statistics) -> Bounds:
    """Return the range of the demonstrated actions; one that never varies gets a width."""
    low, high = np.asarray(statistics.actions.minimum), np.asarray(statistics.actions.maximum)
    margin = np.where(high - low < 1e-6, 1.0, 0.0)
    return _floats(low - margin), _floats(high + margin)


def _floats(values: ArrayLike) -> tuple[float, ...]:
    return tuple(float(value) for value in np.asarray(values))
