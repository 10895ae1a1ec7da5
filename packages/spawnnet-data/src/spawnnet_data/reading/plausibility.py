"""Whether depth is in metres, found on a few images before a policy learns from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.reading.views import ViewReader
from spawnnet_data.sources.source import FARTHEST, DemonstrationSource

_SAMPLED_EPISODES = 4


def check_depth(
    source: DemonstrationSource, mapping: KeyMapping, views: ViewReader, episodes: Sequence[int]
) -> None:
    """Look at the middle image of some episodes.

    Args:
        source: Where they are.
        mapping: Units and keys.
        views: Reads them.
        episodes: Positions in the source, of which a few are looked at.

    Raises:
        ConfigurationError: If a distance is negative or beyond what a depth camera can see.
    """
    chosen = np.unique(np.linspace(0, len(episodes) - 1, _SAMPLED_EPISODES).round().astype(int))
    for name, view in mapping.views.items():
        for episode in (episodes[i] for i in chosen if view.depth):
            middle = np.array([source.episodes[episode].length // 2])
            try:
                depth = views.view_depth(episode, name, middle)
            except DataError:
                # A damaged image is an error, or left out, when it is needed.
                continue
            low, high = float(depth.min()), float(depth.max())
            if not 0 <= low <= high <= FARTHEST:
                found = source.episodes[episode]
                message = (
                    f"key {view.depth!r} would be from {low:.4g} to {high:.4g} m in {found.file}, "
                    f"episode {found.name}; set the unit that it is stored in: m, cm, mm or metres "
                    "per unit."
                )
                raise ConfigurationError(f"views.{name}.unit", message)
