"""Images of the cameras of a mapping, in one size and depth in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.reading.resizing import resize_depth, resize_rgb
from spawnnet_data.sources.source import DemonstrationSource, KeySpec, first_false

Floats = NDArray[np.float32]
_MARKS = {"inf": np.isinf, "nan": np.isnan}


@final
class ViewReader:
    """Reads the cameras of a mapping side by side."""

    def __init__(
        self,
        source: DemonstrationSource,
        mapping: KeyMapping,
        expected: Mapping[str, KeySpec],
    ) -> None:
        """Take a source with the specs of the mapped keys."""
        self._source = source
        self._mapping = mapping
        self._expected = expected

    @cached_property
    def image_size(self) -> tuple[int, int]:
        """`(H, W)` of every image.

        Raises:
            ConfigurationError: If the views differ and the mapping does not say.
        """
        sizes = self.sizes()
        if len(set(sizes.values())) > 1:
            found = ", ".join(f"{key} {size[0]}x{size[1]}" for key, size in sizes.items())
            message = f"must be set, the views differ in size ({found})."
            raise ConfigurationError("image_size", message)
        return next(iter(sizes.values()), (0, 0))

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return `(H, W)` of every key that holds images."""
        images = {k: spec.shape[1:] for k, spec in self._expected.items() if spec.kind != "array"}
        return {key: self._mapping.image_size or (H, W) for key, (H, W) in images.items()}

    def rgb(
        self, episode: int, steps: NDArray[np.int64], out: NDArray[np.uint8] | None
    ) -> NDArray[np.uint8]:
        """Return images of every view of an episode of the source, `(n, V, 3, H, W)` uint8."""
        images = np.empty(self._shape(steps, 3), np.uint8) if out is None else out
        keys = [view.rgb for view in self._mapping.views.values()]
        if self._has_size(keys):
            self._source.read_into(episode, keys, steps, images)
            for v, view in enumerate(self._mapping.views):
                if self._is_bgr(view):
                    images[:, v] = images[:, v, ::-1]
            return images
        for v, view in enumerate(self._mapping.views):
            images[:, v] = self.view_rgb(episode, view, steps)
        return images

    def view_rgb(self, episode: int, view: str, steps: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return images of one view, `(n, 3, H, W)` uint8."""
        images = self._source.read(episode, self._mapping.views[view].rgb, steps)
        ordered = np.ascontiguousarray(images[:, ::-1]) if self._is_bgr(view) else images
        return resize_rgb(ordered, self._mapping.image_size)

    def depth(self, episode: int, steps: NDArray[np.int64], out: Floats | None) -> Floats:
        """Return depth of every view, `(n, V, 1, H, W)` float32 in metres; 0 in views without."""
        images = np.empty(self._shape(steps, 1), np.float32) if out is None else out
        views = self._mapping.views
        known = [view.depth for view in views.values() if view.depth]
        if len(known) < len(views) or not self._has_size(known):
            for v, (name, view) in enumerate(views.items()):
                images[:, v] = self.view_depth(episode, name, steps) if view.depth else 0
            return images
        self._source.read_into(episode, known, steps, images)
        scales = np.array([self._scale(view) for view in views], np.float32)  # (V,)
        if (scales != 1).any():
            images *= scales[:, None, None, None]
        if not np.isfinite(images.sum()):
            for v, name in enumerate(views):
                self._clear_unknown(episode, name, steps, images[:, v])
        return images

    def view_depth(self, episode: int, view: str, steps: NDArray[np.int64]) -> Floats:
        """Return depth of one view that has it, `(n, 1, H, W)`."""
        stored = self._source.read(episode, self._depth_key(view), steps)
        nearest = resize_depth(stored, self._mapping.image_size)
        images: Floats = nearest * np.float32(self._scale(view))
        self._clear_unknown(episode, view, steps, images)
        return images

    def _is_bgr(self, view: str) -> bool:
        return self._mapping.views[view].channel_order == "bgr"

    def _scale(self, view: str) -> float:
        stored = self._expected[self._depth_key(view)]
        return self._mapping.views[view].metres_per_unit(stored)

    def _depth_key(self, view: str) -> str:
        key = self._mapping.views[view].depth
        assert key is not None
        return key

    def _clear_unknown(
        self, episode: int, view: str, steps: NDArray[np.int64], images: Floats
    ) -> None:
        """Set in place what is marked as unknown to 0; the rest must be finite.

        Where a distance is not finite it would spoil every weight.
        """
        for mark in self._mapping.views[view].unknown:
            images[_MARKS[mark](images)] = 0
        step = first_false(np.isfinite(images))
        if step is None:
            return
        found = self._source.episodes[episode]
        message = (
            "a depth is NaN or infinite; write 0 where it is unknown, or set `unknown: [inf, nan]` "
            "for the view in the key mapping."
        )
        place = Problem(str(found.file), message, found.name, self._depth_key(view))
        raise DataError(replace(place, step=int(steps[step])))

    def _shape(self, steps: NDArray[np.int64], channels: int) -> tuple[int, ...]:
        return len(steps), len(self._mapping.views), channels, *self.image_size

    def _has_size(self, keys: Sequence[str]) -> bool:
        """Whether there are images, and they need not be resized."""
        sizes = {self._expected[key].shape[1:] for key in keys}
        return sizes == {self.image_size}
