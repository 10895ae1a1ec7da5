"""Observations by the keys of LeRobot, which robots that record with it have at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_IMAGES, _STATE, _DEPTH = "observation.images.", "observation.state", "_depth"


def from_lerobot(
    observation: Mapping[str, Any], views: Iterable[str], depth_views: Iterable[str]
) -> dict[str, Any]:
    """Return an observation by our names.

    Args:
        observation: `observation.images.<view>` for each view, `observation.images.<view>_depth`
            for each that has depth, `observation.state`; whatever else there is, such as the task
            in words, is left alone.
        views: Names of the views.
        depth_views: Those of them that have depth.

    Returns:
        `rgb` and `depth` by view, and `proprioception` and `time` where they are given. What is
        missing is missing here, too.
    """
    names: dict[str, dict[str, str]] = {
        "rgb": {view: _IMAGES + view for view in views},
        "depth": {view: _IMAGES + view + _DEPTH for view in depth_views},
    }
    found: dict[str, Any] = {
        kind: {view: observation[key] for view, key in keys.items() if key in observation}
        for kind, keys in names.items()
    }
    entries = {"proprioception": _STATE, "time": "time"}
    return found | {ours: observation[key] for ours, key in entries.items() if key in observation}
