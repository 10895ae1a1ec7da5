"""Decoded images that stay in memory from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, final

import numpy as np
from numpy.typing import NDArray

PixelT = TypeVar("PixelT", bound=np.generic)
Load = Callable[[int, NDArray[np.int64], NDArray[Any] | None], NDArray[PixelT]]


@final
class KeptImages(Generic[PixelT]):
    """Images of every episode, each read once.

    Memory is taken as images arrive. A pickled copy keeps nothing: workers that read beside each
    other would hold the whole set once each.

    Args:
        load: Returns images of an episode, `(n, ...)`, by their steps.
        lengths: Time steps of each episode.
        shape: Of the images of a time step.
        dtype: Of a pixel.
    """

    def __init__(
        self,
        load: Load[PixelT],
        lengths: NDArray[np.int64],
        shape: tuple[int, ...],
        dtype: type[PixelT],
    ) -> None:
        self._load = load
        self._starts = np.cumsum(lengths) - lengths
        self._images: NDArray[PixelT] | None = np.empty((int(lengths.sum()), *shape), dtype)
        self._is_there = np.zeros(len(self._images), np.bool_)

    def read(
        self, episode: int, steps: NDArray[np.int64], out: NDArray[PixelT] | None = None
    ) -> NDArray[PixelT]:
        """Return what `load` returns, from memory where it was read before."""
        if self._images is None:
            return self._load(episode, steps, out)
        rows = self._starts[episode] + steps
        is_there = self._is_there[rows]
        if not is_there.all():
            missing = np.unique(steps[~is_there])
            new = self._starts[episode] + missing
            self._images[new] = self._load(episode, missing, None)
            self._is_there[new] = True
        if out is None:
            images: NDArray[PixelT] = self._images[rows]
            return images
        # Nothing is clipped: any mode but the default one writes to `out` without a buffer.
        return np.take(self._images, rows, axis=0, out=out, mode="clip")

    def rows(self, images: NDArray[np.int64]) -> NDArray[PixelT] | None:
        """Return images numbered through all episodes, or None if one was not read before."""
        if self._images is None or not self._is_there[images].all():
            return None
        found: NDArray[PixelT] = np.take(self._images, images, axis=0)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_images": None, "_is_there": None}
