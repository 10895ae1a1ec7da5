"""What a robot shows its policy, checked entry by entry before anything learns of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data import resize_depth, resize_rgb
from spawnnet_train.student.spec import StudentSpec

_FARTHEST = 100.0  # metres; larger distances are of another unit
_FAR_OUTSIDE = 10.0  # demonstrated ranges by which proprioception may leave what was demonstrated
_NARROWEST = 1e-2  # range of proprioception below which it says nothing about the unit


@final
class ObservationReader:
    """Turns observations of a robot into the arrays that a student sees.

    Images of another size than in training are resized as demonstrations are.

    Args:
        spec: What the student was trained on.
        uses_proprioception: Whether it is given the robot's own state.
    """

    def __init__(self, spec: StudentSpec, *, uses_proprioception: bool) -> None:
        self._spec = spec
        self._uses_proprioception = uses_proprioception

    def read(self, observation: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return `rgb` `(V, 3, H, W)`, `proprioception` `(S,)`, and `depth` `(V, 1, H, W)` if used.

        Raises:
            ValueError: If an entry is missing, None, not finite, or of another shape, dtype or
                unit; the message starts with its place, such as `rgb/front`.
        """
        if not isinstance(observation, Mapping):
            kind = type(observation).__name__
            raise ValueError(f"observation: expected a mapping of entries, got {kind}.")
        arrays: dict[str, NDArray[Any]] = {
            "rgb": self._rgb(observation),
            "proprioception": self._proprioception(observation),
        }
        if self._spec.has_depth:
            arrays["depth"] = self._depth(observation)
        return arrays

    def _rgb(self, observation: Mapping[str, Any]) -> NDArray[np.uint8]:
        images = []
        for place, image in self._images(observation, "rgb", self._spec.views).values():
            if image.dtype != np.uint8:
                raise ValueError(f"{place}: expected uint8 from 0 to 255, got {image.dtype}.")
            image = _channels_first(image, 3, place)
            if image.max() == 1:
                raise ValueError(f"{place}: expected uint8 from 0 to 255, got 0 and 1 only.")
            images.append(resize_rgb(image[None], self._spec.image_size)[0])
        return np.stack(images)

    def _depth(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        images = {
            view: np.zeros((1, *self._spec.image_size), np.float32) for view in self._spec.views
        }
        given = self._images(observation, "depth", self._spec.depth_views)
        for view, (place, image) in given.items():
            image = _channels_first(image[None] if image.ndim == 2 else image, 1, place)
            if not np.issubdtype(image.dtype, np.floating):
                raise ValueError(f"{place}: expected floats in metres, got {image.dtype}.")
            if not np.isfinite(image).all() or image.min() < 0:
                raise ValueError(f"{place}: expected finite, positive metres; 0 where unknown.")
            if image.max() > _FARTHEST:
                median, most = float(np.median(image)), float(image.max())
                raise ValueError(
                    f"{place}: expected metres up to {_FARTHEST:g}, got {median:g} as median and "
                    f"{most:g} as maximum."
                )
            image = image.astype(np.float32)
            images[view] = resize_depth(image[None], self._spec.image_size)[0]
        return np.stack(list(images.values()))

    def _images(
        self, observation: Mapping[str, Any], kind: str, views: Sequence[str]
    ) -> dict[str, tuple[str, NDArray[Any]]]:
        """Return for each view its place and its image, as an array of numbers."""
        given = observation.get(kind, {})
        if not isinstance(given, Mapping):
            raise ValueError(f"{kind}: expected a mapping of images by view, got {_kind(given)}.")
        for view in views:
            if view not in given:
                found = sorted(map(str, given))
                raise ValueError(f"{kind}/{view}: the image is missing, got {found}.")
        for name in given:
            if name not in views:
                known = ", ".join(views)
                raise ValueError(f"{kind}/{name}: no such view in training, there were {known}.")
        return {view: (f"{kind}/{view}", numbers(given[view], f"{kind}/{view}")) for view in views}

    def _proprioception(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        expected = (self._spec.proprioception_dim,)
        if not self._uses_proprioception:
            return np.zeros(expected, np.float32)
        if "proprioception" not in observation:
            raise ValueError("proprioception: is missing.")
        values = numbers(observation["proprioception"], "proprioception")
        if values.shape != expected:
            raise ValueError(f"proprioception: expected shape {expected}, got {values.shape}.")
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if not np.isfinite(single).all():
            i = int(np.flatnonzero(~np.isfinite(single))[0])
            raise ValueError(f"proprioception[{i}]: expected a finite number, got {values[i]}.")
        self._check_plausible(single)
        return single

    def _check_plausible(self, values: NDArray[np.float32]) -> None:
        """Raise where proprioception is far outside of the training data."""
        known = self._spec.proprioception
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


def _channels_first(image: NDArray[Any], channels: int, place: str) -> NDArray[Any]:
    """Return an image `(H, W, C)` or `(C, H, W)` of any size as `(C, H, W)`."""
    if image.ndim == 3 and image.size:
        if image.shape[2] == channels:
            return image.transpose(2, 0, 1)
        if image.shape[0] == channels:
            return image
    raise ValueError(
        f"{place}: expected shape (H, W, {channels}) or ({channels}, H, W), got {image.shape}."
    )


def numbers(value: Any, place: str) -> NDArray[Any]:
    """Return a value as an array of real numbers.

    Raises:
        ValueError: If it is None, or holds something else; the message starts with the place.
    """
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"{place}: is no array of numbers, {error}.") from error
    if array.dtype.kind not in "biuf":
        missing = [i for i, item in enumerate(array.ravel().tolist()) if item is None]
        where = f"[{missing[0]}]" if array.ndim and missing else ""
        raise ValueError(f"{place}{where}: expected numbers, got {_kind(value, array, missing)}.")
    return array


def _kind(value: Any, array: NDArray[Any] | None = None, missing: Sequence[int] = ()) -> str:
    """Return in words what was given instead of what was expected."""
    if value is None or missing:
        return "None"
    return type(value).__name__ if array is None else f"{type(value).__name__} of {array.dtype}"
