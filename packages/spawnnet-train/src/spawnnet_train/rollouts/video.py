"""Videos of rollouts: a grid of environments, all cameras of one side by side, success marked."""

from __future__ import annotations

import errno
import math
from collections.abc import Sequence
from pathlib import Path
from typing import final

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

_BORDER = 4  # pixels around each environment
_GAP = 2  # pixels between the cameras of an environment
_RUNNING = (60, 60, 60)
_SUCCESS = (40, 200, 80)
_MIN_TILE_HEIGHT = 192  # pixels: smaller images are enlarged by a whole factor


@final
class RolloutVideo:
    """Collects the frames of one rollout and writes them as an MP4 file."""

    def __init__(self, max_envs: int, frames_per_second: float) -> None:
        self._max_envs = max_envs
        self._frames_per_second = frames_per_second
        self._frames: list[NDArray[np.uint8]] = []

    def add(self, rgb: NDArray[np.uint8], success: NDArray[np.bool_]) -> None:
        """Add one time step.

        Args:
            rgb: `(N, V, 3, H, W)`, uint8: what the cameras see.
            success: `(N,)`: which have succeeded by now; their borders turn green.
        """
        self._frames.append(draw_grid(rgb[: self._max_envs], success[: self._max_envs]))

    def write(self, path: Path) -> None:
        """Write the frames to the MP4 file `path`."""
        write_video(path, self._frames, self._frames_per_second)


def write_video(
    path: Path, pictures: Sequence[NDArray[np.uint8]], frames_per_second: float
) -> None:
    """Write pictures `(height, width, 3)`, whose sides are even, to the MP4 file `path`.

    Raises:
        OSError: If it cannot be written; nothing is then at `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part.mp4")
    try:
        iio.imwrite(
            temporary,
            np.stack(pictures),
            plugin="FFMPEG",
            fps=frames_per_second,
            codec="libx264",
            macro_block_size=2,
        )
        iio.immeta(temporary, plugin="FFMPEG")  # one that a full disk cut off does not open
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise OSError(errno.EIO, f"the video cannot be written, {error}", str(path)) from error
    temporary.replace(path)


def draw_grid(rgb: NDArray[np.uint8], success: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return one `(height, width, 3)` picture of all environments, in rows of about equal length.

    Args:
        rgb: `(N, V, 3, H, W)`, uint8.
        success: `(N,)`: which get a green border.
    """
    N, V, _, H, W = rgb.shape
    factor = math.ceil(_MIN_TILE_HEIGHT / H)
    large = rgb.repeat(factor, axis=3).repeat(factor, axis=4)
    views = np.pad(large, ((0, 0), (0, 0), (0, 0), (0, 0), (0, _GAP)))
    tiles = views.transpose(0, 3, 1, 4, 2).reshape(N, factor * H, V * (factor * W + _GAP), 3)
    tiles = tiles[:, :, :-_GAP]  # views side by side
    framed = np.empty((N, *(np.array(tiles.shape[1:3]) + 2 * _BORDER), 3), np.uint8)
    framed[:] = np.where(success[:, None], _SUCCESS, _RUNNING)[:, None, None]
    framed[:, _BORDER:-_BORDER, _BORDER:-_BORDER] = tiles
    return _tile(framed)


def _tile(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `(N, h, w, 3)` tiles as one picture; both of its sides are even, as H.264 needs."""
    N, height, width, _ = tiles.shape
    columns = max(1, round(math.sqrt(N * height / width)))
    rows = math.ceil(N / columns)
    grid = np.zeros((rows * columns, height, width, 3), np.uint8)
    grid[:N] = tiles
    picture = grid.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    picture = picture.reshape(rows * height, columns * width, 3)
    return np.pad(picture, ((0, rows * height % 2), (0, columns * width % 2), (0, 0)))
