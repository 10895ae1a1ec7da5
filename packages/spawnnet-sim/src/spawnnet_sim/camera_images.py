"""Observations with one entry per camera, as tools expect images that do not know views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorObservationWrapper
from numpy.typing import NDArray

Observation = dict[str, NDArray[Any]]


def split_cameras(observation: Observation, views: Sequence[str]) -> Observation:
    """Return `rgb_<camera>` and `depth_<camera>` `(..., C, H, W)` in place of `rgb` and `depth`.

    Args:
        observation: `rgb` and `depth` `(..., V, C, H, W)`; other entries stay as they are.
        views: Names of the cameras, V.
    """
    parts: Observation = {}
    for name, array in observation.items():
        if name in ("rgb", "depth"):
            images = {f"{name}_{view}": array[..., v, :, :, :] for v, view in enumerate(views)}
            parts |= images
        else:
            parts[name] = array
    return parts


def split_space(space: spaces.Dict, views: Sequence[str]) -> spaces.Dict:
    """Return the space of what `split_cameras` gives for observations of a space."""
    boxes = {name: box for name, box in space.items() if isinstance(box, spaces.Box)}
    low = split_cameras({name: box.low for name, box in boxes.items()}, views)
    high = split_cameras({name: box.high for name, box in boxes.items()}, views)
    return spaces.Dict(
        {name: spaces.Box(low[name], high[name], dtype=low[name].dtype.type) for name in low}
    )


class CameraImages(gymnasium.ObservationWrapper[Any, Any, Any]):
    """One environment whose images are entries of their own.

    Args:
        env: A `SingleCabinetEnv`.
        views: Names of its cameras.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], views: Sequence[str]) -> None:
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        self._views = views
        self.observation_space = split_space(env.observation_space, views)

    def observation(self, observation: Observation) -> Observation:
        """Return the observation, image by image."""
        return split_cameras(observation, self._views)


class VectorCameraImages(VectorObservationWrapper):
    """Environments whose images are entries of their own.

    Args:
        env: A `CabinetEnv`.
        views: Names of its cameras.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], views: Sequence[str]) -> None:
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        assert isinstance(env.single_observation_space, spaces.Dict)
        self._views = views
        self.observation_space = split_space(env.observation_space, views)
        self.single_observation_space = split_space(env.single_observation_space, views)

    def observations(self, observation: Observation) -> Observation:
        """Return the observations, image by image."""
        return split_cameras(observation, self._views)
