"""Surface textures drawn in code, so that nothing needs to be downloaded.

Every function returns `(SIZE, SIZE, 3)` uint8: shades of grey around white, which a material's
colour multiplies.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SIZE = 64  # pixels a side: one size for all, so that every model has the same layout in memory

Image = NDArray[np.uint8]


def plain(rng: np.random.Generator) -> Image:
    """One even shade with a fine grain."""
    return _shade(0.94 + 0.03 * rng.standard_normal((SIZE, SIZE)))


def wood(rng: np.random.Generator) -> Image:
    """Wavy rings cut lengthwise."""
    along, across = _grid()
    wave = 0.08 * np.sin(2 * np.pi * (along + rng.random()))
    rings = np.sin(2 * np.pi * rng.integers(4, 9) * (across + wave))
    return _shade(0.8 + 0.15 * rings + 0.03 * rng.standard_normal((SIZE, SIZE)))


def speckle(rng: np.random.Generator) -> Image:
    """Dark dots of terrazzo."""
    dots = rng.random((SIZE // 4, SIZE // 4)).repeat(4, 0).repeat(4, 1) < 0.2
    return _shade(np.where(dots, 0.6, 0.97))


def stripes(rng: np.random.Generator) -> Image:
    """Broad slats, straight or slanted."""
    along, across = _grid()
    phase = rng.integers(3, 6) * across + rng.integers(0, 2) * along
    return _shade(np.where(phase % 1.0 < 0.5, 0.95, 0.7))


def checker(rng: np.random.Generator) -> Image:
    """Tiles of two shades."""
    along, across = _grid()
    count = rng.integers(2, 5)
    return _shade(np.where((along * count % 1.0 < 0.5) ^ (across * count % 1.0 < 0.5), 0.95, 0.6))


TEXTURES: dict[str, Callable[[np.random.Generator], Image]] = {
    function.__name__: function for function in (plain, wood, speckle, stripes, checker)
}


@functools.cache
def patterns(count: int) -> tuple[Image, ...]:
    """Return patterns that no family has, the same ones at every call: by turns waves and patches.

    Waves teach a student that shades say nothing, patches that edges on a front are not a handle.
    """
    draw = (_waves, _patches)
    return tuple(draw[number % 2](np.random.default_rng(number)) for number in range(count))


def _waves(rng: np.random.Generator) -> Image:
    """Draw random waves, coarse and fine: in grey, and fainter in each colour."""
    waves = _noise(rng, channels=4)
    return _colour(0.7 + 0.1 * waves[..., :1] + 0.04 * waves[..., 1:])


def _patches(rng: np.random.Generator) -> Image:
    """Draw irregular patches with hard edges: each of two waves is cut into two shades."""
    waves, shades = _noise(rng, channels=2), rng.uniform(0.3, 1.0, (2, 2, 3))
    is_high = (waves > rng.uniform(-1.0, 1.0, 2)).astype(int)
    return _colour((shades[0][is_high[..., 0]] + shades[1][is_high[..., 1]]) / 2)


def _noise(rng: np.random.Generator, channels: int) -> NDArray[np.float64]:
    """Sum eight random waves per channel that go on across the edges, `(SIZE, SIZE, channels)`."""
    along, across = _grid()
    frequencies, phases = rng.integers(-4, 5, (2, channels, 8)), rng.random((channels, 8))
    turns = along[..., None, None] * frequencies[0] + across[..., None, None] * frequencies[1]
    waves: NDArray[np.float64] = np.sin(2 * np.pi * (turns + phases)).sum(axis=-1)
    return waves


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    axis = np.arange(SIZE) / SIZE
    along, across = np.meshgrid(axis, axis, indexing="ij")
    return along, across


def _shade(value: NDArray[np.float64]) -> Image:
    return _colour(np.repeat(value[..., None], 3, axis=2))


def _colour(value: NDArray[np.float64]) -> Image:
    image: Image = (255 * np.clip(value, 0.0, 1.0)).astype(np.uint8)
    return image
