"""The demonstrations of a data set as a policy is to see them: views, proprioception, actions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem, listed
from spawnnet_data.reading.kept_images import KeptImages
from spawnnet_data.reading.mapping import KeyMapping, check_mapping
from spawnnet_data.reading.plausibility import check_depth
from spawnnet_data.reading.vectors import VectorReader
from spawnnet_data.reading.views import Floats, ViewReader
from spawnnet_data.sources.source import DemonstrationSource, Episode, first_spec, spec_problem

logger = logging.getLogger(__name__)


@final
class Demonstrations:
    """Episodes of a source, checked, with the keys of a mapping.

    Reads only what is asked for; what stays in memory is bounded, whatever the size of the data
    set. Can be pickled: the copy keeps no images.

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
        memory: float = 0,
    ) -> None:
        """Select episodes and check each: keys, lengths, shapes, and actions that are numbers.

        Args:
            source: An open data set.
            mapping: The keys to read.
            split: A named part of the source, or None for all of it.
            stride: Keep every `stride`-th episode.
            skip_broken: Leave broken episodes out and log why, instead of raising.
            memory: Bytes that decoded images may take; where all of them fit, they stay in memory.

        Raises:
            DataError: If something is broken and `skip_broken` is not set, or no episode is left.
            ConfigurationError: If the mapping or the split does not fit the source, or depth cannot
                be in the unit of the mapping.
        """
        self.source = source
        self.mapping = mapping
        self.skip_broken = skip_broken
        skipped = [problem for problem in source.problems if self._concerns(problem)]
        if skipped and not skip_broken:
            raise DataError(skipped[0])
        if not source.episodes:
            raise DataError(Problem(str(source.path), "holds no episode that can be read."))
        check_mapping(mapping, source)
        self._expected = {key: first_spec(source, key) for key, _ in mapping.keys().values()}
        self._views = ViewReader(source, mapping, self._expected)
        self._vectors = VectorReader(source, self._expected)
        self._positions = self._select(_positions(source, split, stride), skipped)
        check_depth(source, mapping, self._views, self._positions)
        self.skipped = tuple(skipped)
        self.lengths = np.array([source.episodes[i].length for i in self._positions], np.int64)
        self._kept: tuple[KeptImages[np.uint8], KeptImages[np.float32]] | None = None
        if memory and self.decoded_bytes() <= memory:
            self._kept = self._keep()

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the cameras, in the order of the axis V."""
        return tuple(self.mapping.views)

    @property
    def image_size(self) -> tuple[int, int]:
        """`(H, W)` of every image.

        Raises:
            ConfigurationError: If the views differ and the mapping does not say.
        """
        return self._views.image_size

    def view_sizes(self) -> dict[str, tuple[int, int]]:
        """Return `(H, W)` of every key that holds images."""
        return self._views.sizes()

    @property
    def action_dim(self) -> int:
        """A, the width of an action."""
        return self._vectors.width(self.mapping.actions)

    @property
    def proprioception_dim(self) -> int:
        """S, the width of the proprioception."""
        return self._vectors.width(self.mapping.proprioception)

    def episode(self, index: int) -> Episode:
        """Return name, length and task of an episode."""
        return self.source.episodes[self._positions[index]]

    def actions(self, index: int) -> Floats:
        """Return the actions of an episode, `(L, A)` float32 as stored."""
        return self._vectors.read(self._positions[index], self.mapping.actions)

    def proprioception(self, index: int) -> Floats:
        """Return the proprioception of an episode, `(L, S)` float32 as stored."""
        return self._vectors.read(self._positions[index], self.mapping.proprioception)

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
        if self._kept is not None:
            return self._kept[0].read(index, steps, out)
        return self._read_rgb(index, steps, out)

    def view_rgb(self, index: int, view: str, steps: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return images of one view, `(n, 3, H, W)` uint8; views may differ in size."""
        return self._views.view_rgb(self._positions[index], view, steps)

    def depth(self, index: int, steps: NDArray[np.int64], out: Floats | None = None) -> Floats:
        """Return depth of every view, `(n, V, 1, H, W)` float32 in metres; 0 in views without.

        Arguments and errors are those of `rgb`.
        """
        if self._kept is not None and self.mapping.has_depth:
            return self._kept[1].read(index, steps, out)
        return self._read_depth(index, steps, out)

    def view_depth(self, index: int, view: str, steps: NDArray[np.int64]) -> Floats:
        """Return depth of one view that has it, `(n, 1, H, W)`; views may differ in size."""
        return self._views.view_depth(self._positions[index], view, steps)

    @property
    def is_kept(self) -> bool:
        """Whether decoded images stay in memory."""
        return self._kept is not None

    def kept_bytes(self) -> int:
        """Return what the images in memory come to once each was read; 0 where none stay."""
        return self.decoded_bytes() if self.is_kept else 0

    def kept(self, images: NDArray[np.int64]) -> tuple[NDArray[np.uint8], Floats | None] | None:
        """Return rgb, and depth if there is any, of images that are all in memory, or None."""
        if self._kept is None:
            return None
        rgb = self._kept[0].rows(images)
        depth = self._kept[1].rows(images) if self.mapping.has_depth else None
        is_whole = depth is not None or not self.mapping.has_depth
        return (rgb, depth) if rgb is not None and is_whole else None

    def decoded_bytes(self) -> int:
        """Return the bytes of all images of every view, depth included.

        Raises:
            ConfigurationError: As `image_size`.
        """
        height, width = self.image_size
        per_pixel = 3 + (4 if self.mapping.has_depth else 0)
        return int(self.lengths.sum()) * len(self.views) * height * width * per_pixel

    def _keep(self) -> tuple[KeptImages[np.uint8], KeptImages[np.float32]]:
        V, size = len(self.views), self.image_size
        lengths = self.lengths if self.mapping.has_depth else np.zeros_like(self.lengths)
        return (
            KeptImages(self._read_rgb, self.lengths, (V, 3, *size), np.uint8),
            KeptImages(self._read_depth, lengths, (V, 1, *size), np.float32),
        )

    def _read_rgb(
        self, index: int, steps: NDArray[np.int64], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        return self._views.rgb(self._positions[index], steps, out)

    def _read_depth(
        self, index: int, steps: NDArray[np.int64], out: Floats | None = None
    ) -> Floats:
        return self._views.depth(self._positions[index], steps, out)

    def _concerns(self, problem: Problem) -> bool:
        """Whether a problem of the source is one of an episode, or of a key that is mapped."""
        keys = {key for key, _ in self.mapping.keys().values()}
        return not problem.key or bool(problem.episode) or problem.key in keys

    def _select(self, positions: Sequence[int], skipped: list[Problem]) -> list[int]:
        kept = []
        for position in positions:
            try:
                self._check(position)
            except DataError as error:
                if not self.skip_broken:
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
            self._vectors.load(position, keys)


def _positions(source: DemonstrationSource, split: str | None, stride: int) -> Sequence[int]:
    if stride < 1:
        raise ConfigurationError("stride", f"must be at least 1, got {stride}.")
    if split is None:
        return range(len(source.episodes))[::stride]
    if split not in source.splits:
        known = listed(source.splits)
        message = f"{split!r} does not exist in {source.path}, there are {known}."
        raise ConfigurationError("split", message)
    return source.splits[split][::stride]
