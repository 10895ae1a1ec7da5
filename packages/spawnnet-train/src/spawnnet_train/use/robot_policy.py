"""A trained policy for a robot: one observation in, one action out, every control step.

policy = load_policy(Path("runs/place_bag/2026-11-24_12-00-00"))
policy.reset()
action = policy.act({"rgb": {"wrist": image, "front": other}, "proprioception": joints})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_train.runs.saved_run import SavedRun, open_saved_run
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.spec import StudentSpec

_FARTHEST = 100.0  # metres; larger medians of depth are of another unit
_FAR_OUTSIDE = 10.0  # demonstrated ranges by which proprioception may leave what was demonstrated
_NARROWEST = 1e-2  # range of proprioception below which it says nothing about the unit


@final
class RobotPolicy:
    """Acts in one environment; `reset` it at the start of every episode.

    Each image passes the frozen backbone once, in the step that it is seen in. Frame stacks, chunk
    execution or temporal ensembling, and normalisation follow the configuration of the run.

    Attributes:
        spec: Names of the views, sizes and statistics of the training data.
        max_age: Seconds that an image may be older than the newest one.
    """

    def __init__(self, run: SavedRun, *, max_age: float = 0.2) -> None:
        self.spec: StudentSpec = run.spec
        self.max_age = max_age
        self._uses_proprioception = run.config.student.proprioception
        self._actor = StudentActor(run.student, run.config.student, num_envs=1)
        self.reset()

    def reset(self, seed: int = 0) -> None:
        """Begin a new episode; `seed` decides what a stochastic policy samples in it."""
        self._actor.reset(seed)
        self._taken: dict[str, float] = {}

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the action for this control step, `(A,)` float32 in the training data's units.

        Args:
            observation: `rgb`: for each view by name an image, uint8, `(H, W, 3)` or `(3, H, W)`.
                `depth`: for each view that had depth in training `(H, W)`, `(H, W, 1)` or
                `(1, H, W)` in metres. `proprioception` `(S,)`. `time`, optional: for each view, in
                seconds, when its image was taken; old images are then refused.

        Raises:
            ValueError: If something is missing, stale, or has another shape, dtype or unit; the
                message starts with its place, such as `rgb/front`.
        """
        arrays: dict[str, NDArray[Any]] = {
            "rgb": self._rgb(observation),
            "proprioception": self._proprioception(observation),
        }
        if self.spec.has_depth:
            arrays["depth"] = self._depth(observation)
        if "time" in observation:
            self._check_times(observation["time"])
        self._actor.observe({name: array[None] for name, array in arrays.items()})
        action: NDArray[np.float32] = self._actor.act()[0]
        return action

    def _rgb(self, observation: Mapping[str, Any]) -> NDArray[np.uint8]:
        images = []
        for view, image in self._images(observation, "rgb", self.spec.views):
            if image.dtype != np.uint8:
                raise ValueError(f"rgb/{view}: expected uint8 from 0 to 255, got {image.dtype}.")
            images.append(self._channels_first(image, 3, f"rgb/{view}"))
        return np.stack(images)

    def _depth(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        images = {
            view: np.zeros((1, *self.spec.image_size), np.float32) for view in self.spec.views
        }
        for view, image in self._images(observation, "depth", self.spec.depth_views):
            place = f"depth/{view}"
            image = self._channels_first(image[None] if image.ndim == 2 else image, 1, place)
            if not np.issubdtype(image.dtype, np.floating):
                raise ValueError(f"{place}: expected floats in metres, got {image.dtype}.")
            if not np.isfinite(image).all() or image.min() < 0:
                raise ValueError(f"{place}: expected finite, positive metres; 0 where unknown.")
            if np.median(image) > _FARTHEST:
                median = float(np.median(image))
                raise ValueError(f"{place}: expected metres, got {median:g} as median.")
            images[view] = image.astype(np.float32)
        return np.stack(list(images.values()))

    def _proprioception(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        if not self._uses_proprioception:
            return np.zeros(self.spec.proprioception_dim, np.float32)
        if "proprioception" not in observation:
            raise ValueError("proprioception: is missing.")
        values = np.asarray(observation["proprioception"], np.float32)
        if values.shape != (self.spec.proprioception_dim,):
            expected = (self.spec.proprioception_dim,)
            raise ValueError(f"proprioception: expected shape {expected}, got {values.shape}.")
        self._check_plausible(values)
        return values

    def _check_plausible(self, values: NDArray[np.float32]) -> None:
        """Raise where proprioception is far outside of the training data."""
        known = self.spec.proprioception
        if known is None:
            return
        low, high = np.asarray(known.minimum), np.asarray(known.maximum)
        margin = _FAR_OUTSIDE * np.maximum(high - low, _NARROWEST)
        outside = ~((values >= low - margin) & (values <= high + margin))
        if outside.any():
            i = int(np.flatnonzero(outside)[0])
            raise ValueError(
                f"proprioception[{i}]: {values[i]:g} is far outside of the training data, "
                f"{low[i]:g} to {high[i]:g}; is it in the same unit?"
            )

    def _images(
        self, observation: Mapping[str, Any], kind: str, views: Sequence[str]
    ) -> list[tuple[str, NDArray[Any]]]:
        given = observation.get(kind, {})
        for view in views:
            if view not in given:
                raise ValueError(f"{kind}/{view}: the image is missing, got {sorted(given)}.")
        for name in given:
            if name not in views:
                known = ", ".join(views)
                raise ValueError(f"{kind}/{name}: no such view in training, there were {known}.")
        return [(view, np.asarray(given[view])) for view in views]

    def _channels_first(self, image: NDArray[Any], channels: int, place: str) -> NDArray[Any]:
        height, width = self.spec.image_size
        if image.shape == (channels, height, width):
            return image
        if image.shape == (height, width, channels):
            return image.transpose(2, 0, 1)
        expected = (height, width, channels)
        raise ValueError(f"{place}: expected shape {expected}, got {image.shape}.")

    def _check_times(self, times: Mapping[str, ArrayLike]) -> None:
        for view in self.spec.views:
            if view not in times:
                raise ValueError(f"time/{view}: is missing, got {sorted(times)}.")
        taken = {view: float(np.asarray(times[view])) for view in self.spec.views}
        newest = max(taken.values())
        for view, seconds in taken.items():
            if not newest - seconds <= self.max_age:
                age = newest - seconds
                raise ValueError(
                    f"time/{view}: the image is {age:.3f} s older than the newest, "
                    f"at most {self.max_age:g} s are allowed."
                )
            if seconds <= self._taken.get(view, -np.inf):
                raise ValueError(f"time/{view}: the image is the one of the step before.")
        self._taken = taken


def load_policy(
    run: Path | str, *, checkpoint: str | None = None, max_age: float = 0.2
) -> RobotPolicy:
    """Return the policy of a run, ready to act.

    Args:
        run: A run directory, of any algorithm.
        checkpoint: Its name; `best`, or else the latest, if None.
        max_age: Seconds that an image may be older than the newest one.

    Raises:
        ConfigError: If there is no such run or checkpoint.
    """
    return RobotPolicy(open_saved_run(Path(run), checkpoint), max_age=max_age)
