"""The demonstrations of a data set as a policy is to see them: views, proprioception, actions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

from spawnnet_data.reading.mapping import KeyMapping, check_mapping
from spawnnet_data.sources.problem import DataError, Problem
from spawnnet_data.sources.recent import RecentlyUsed
from spawnnet_data.sources.source import (
    Array,
    DemonstrationSource,
    Episode,
    first_false,
    first_spec,
    spec_problem,
)

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]
# Episodes whose actions and proprioception stay in memory: about 30 MB at 300 steps of 16 numbers.
_KEPT_EPISODES = 1500


@final
class Demonstrations:
    """Episodes of a source, checked, with the keys of a mapping.

    Reads only what is asked for; what stays in memory is bounded, whatever the size of the data
    set. Can be pickled.

    Attributes:
        source: Where the episodes come from.
        mapping: The keys that are read.
        lengths: `(n,)` int64, number of time steps of each episode.
        skip_broken: Whether broken episodes, and later broken images, are left out.
        skipped: Why episodes of the source are left out.
    """

    def __init__(
        self,
        source: DemonstrationSource,
        mapping: KeyMapping,
        *,
        split: str | None = None,
        stride: int = 1,
        skip_broken: bool = False,
    ) -> None:
        """Select episodes and check each: keys, lengths, shapes, and actions that are numbers.

        Args:
            source: An open data set.
            mapping: The keys to read.
            split: A named part of the source, or None for all of it.
            stride: Keep every `stride`-th episode.
            skip_broken: Leave broken episodes out and log why, instead of raising.

        Raises:
            DataError: If something is broken and `skip_broken` is not set, or no episode is left.
            ValueError: If the mapping or the split does not fit the source.
        """
        self.source = source
        self.mapping = mapping
        self.skip_broken = skip_broken
        self._arrays: RecentlyUsed[tuple[int, Sequence[str]], Floats] = RecentlyUsed(
            self._read_array, 2 * _KEPT_EPISODES
        )
        skipped = list(source.problems)
        if skipped and not skip_broken:
            raise DataError(skipped[0])
        if not source.episodes:
            raise DataError(Problem(str(source.path), "holds no episode that can be read."))
        check_mapping(mapping, source)
        self._expected = {key: first_spec(source, key) for key, _ in mapping.keys().values()}
        self._positions = self._select(_positions(source, split)[::stride], skipped)
        self.skipped = tuple(skipped)
        self.lengths = np.array([source.episodes[i].length for i in self._positions], np.int64)

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the cameras, in the order of the axis V."""
        return tuple(self.mapping.views)

    @cached_property
    def image_size(self) -> tuple[int, int]:
        """`(H, W)` of every image.

        Raises:
            ValueError: If the views differ and the mapping does not say.
        """
        sizes = self.view_sizes()
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{key} {size[0]}x{size[1]}" for key, size in sizes.items())
            raise ValueError(f"image_size: must be set, the views differ in size ({listed}).")
        return next(iter(sizes.values()), (0, 0))

    def view_sizes(self) -> dict[str, tuple[int, int]]:
        """Return `(H, W)` of every key that holds images."""
        images = {k: spec.shape[1:] for k, spec in self._expected.items() if spec.kind != "array"}
        return {key: self.mapping.image_size or (H, W) for key, (H, W) in images.items()}

    @property
    def action_dim(self) -> int:
        """A, the width of an action."""
        return self._width(self.mapping.actions)

    @property
    def proprioception_dim(self) -> int:
        """S, the width of the proprioception."""
        return self._width(self.mapping.proprioception)

    def episode(self, index: int) -> Episode:
        """Return name, length and task of an episode."""
        return self.source.episodes[self._positions[index]]

    def actions(self, index: int) -> Floats:
        """Return the actions of an episode, `(L, A)` float32 as stored."""
        return self._arrays.get((self._positions[index], tuple(self.mapping.actions)))

    def proprioception(self, index: int) -> Floats:
        """Return the proprioception of an episode, `(L, S)` float32 as stored."""
        return self._arrays.get((self._positions[index], tuple(self.mapping.proprioception)))

    def rgb(
        self, index: int, steps: NDArray[np.int64], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Return images of every view, `(n, V, 3, H, W)` uint8.

        Args:
            index: Number of the episode.
            steps: `(n,)` time steps of it.
            out: Contiguous array to fill and return instead of a new one.

        Raises:
            DataError: If an image cannot be read.
        """
        images = np.empty(self._shape(steps, 3), np.uint8) if out is None else out
        keys = [view.rgb for view in self.mapping.views.values()]
        if self._has_size(keys):
            self.source.read_into(self._positions[index], keys, steps, images)
            return images
        for v, view in enumerate(self.views):
            images[:, v] = self.view_rgb(index, view, steps)
        return images

    def view_rgb(self, index: int, view: str, steps: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return images of one view, `(n, 3, H, W)` uint8; views may differ in size."""
        images = self.source.read(self._positions[index], self.mapping.views[view].rgb, steps)
        return _resized(images, self.mapping.image_size, InterpolationMode.BILINEAR)

    def depth(self, index: int, steps: NDArray[np.int64], out: Floats | None = None) -> Floats:
        """Return depth of every view, `(n, V, 1, H, W)` float32 in metres; 0 in views without.

        Arguments and errors are those of `rgb`.
        """
        images = np.empty(self._shape(steps, 1), np.float32) if out is None else out
        keys = [view.depth for view in self.mapping.views.values()]
        known = [key for key in keys if key]
        if known == keys and self._has_size(known):
            self.source.read_into(self._positions[index], known, steps, images)
            return self._in_metres(index, steps, images)
        for v, (view, key) in enumerate(zip(self.views, keys, strict=True)):
            images[:, v] = self.view_depth(index, view, steps) if key else 0
        return images

    def view_depth(self, index: int, view: str, steps: NDArray[np.int64]) -> Floats:
        """Return depth of one view that has it, `(n, 1, H, W)`; views may differ in size."""
        key = self.mapping.views[view].depth
        assert key is not None
        # Averaging over an edge would invent distances at which nothing is.
        nearest = InterpolationMode.NEAREST_EXACT
        images = self.source.read(self._positions[index], key, steps)
        return self._in_metres(index, steps, _resized(images, self.mapping.image_size, nearest))

    def _in_metres(self, index: int, steps: NDArray[np.int64], images: Floats) -> Floats:
        """Scale depth in place; where it is not finite it would spoil every weight."""
        if self.mapping.depth_scale != 1:
            images *= np.float32(self.mapping.depth_scale)
        if np.isfinite(images.sum()):
            return images
        episode, bad = self.episode(index), first_false(np.isfinite(images))
        message = "a depth is NaN or infinite; write 0 where it is unknown."
        step = None if bad is None else int(steps[bad])
        raise DataError(Problem(str(episode.file), message, episode.name, "depth", step))

    def _shape(self, steps: NDArray[np.int64], channels: int) -> tuple[int, ...]:
        return len(steps), len(self.views), channels, *self.image_size

    def _has_size(self, keys: Sequence[str]) -> bool:
        """Whether there are images, and they need not be resized."""
        sizes = {self._expected[key].shape[1:] for key in keys}
        return sizes == {self.image_size}

    def _select(self, positions: Sequence[int], skipped: list[Problem]) -> list[int]:
        kept = []
        for position in positions:
            try:
                self._check(position)
            except DataError as error:
                if not self.skip_broken or error.problem is None:
                    raise
                skipped.append(error.problem)
            else:
                kept.append(position)
        for problem in skipped:
            logger.warning("Left out: %s", problem)
        if not kept:
            raise DataError(Problem(str(self.source.path), "no usable episode is left."))
        return kept

    def _check(self, position: int) -> None:
        episode = self.source.episodes[position]
        for key, expected in self._expected.items():
            problem = spec_problem(self.source.describe(position, key), expected, episode.length)
            if problem:
                raise DataError(Problem(str(episode.file), problem, episode.name, key))
        for keys in (self.mapping.actions, self.mapping.proprioception):
            self._read_array((position, keys))

    def _read_array(self, where: tuple[int, Sequence[str]]) -> Floats:
        """Return the values of some keys side by side, `(L, width)`."""
        position, keys = where
        episode = self.source.episodes[position]
        columns: list[Floats] = [np.empty((episode.length, 0), np.float32)]
        for key in keys:
            values = self.source.read(position, key).astype(np.float32)
            columns.append(values.reshape(episode.length, -1))
            step = first_false(np.isfinite(values))
            if step is not None:
                message = "a value is NaN or infinite."
                raise DataError(Problem(str(episode.file), message, episode.name, key, step))
        return np.concatenate(columns, 1)

    def _width(self, keys: Sequence[str]) -> int:
        return sum(int(np.prod(self._expected[key].shape, dtype=int)) for key in keys)


def _positions(source: DemonstrationSource, split: str | None) -> Sequence[int]:
    if split is None:
        return range(len(source.episodes))
    if split not in source.splits:
        known = ", ".join(source.splits) or "none"
        raise ValueError(f"split: {split!r} does not exist in {source.path}, there are {known}.")
    return source.splits[split]


def _resized(
    images: Array, size: tuple[int, int] | None, interpolation: InterpolationMode
) -> Array:
    if size is None or images.shape[-2:] == size:
        return images
    antialias = interpolation is InterpolationMode.BILINEAR
    tensor = torch.from_numpy(np.ascontiguousarray(images))
    resized: Array = resize(tensor, list(size), interpolation, antialias=antialias).numpy()
    return resized
