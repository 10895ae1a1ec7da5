"""Pictures of many environments at once, and videos of them."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.extras import import_extra

Image = NDArray[np.uint8]

BORDER = 4
"""Pixels around each environment."""
GAP = 2
"""Pixels between the cameras of an environment."""
MIN_HEIGHT = 192
"""Pixels: smaller images are enlarged by a whole factor."""
_QUALITY = {"crf": "25"}  # of H.264, from 0, without loss, to 51
_PLAIN, _MARKED = (60, 60, 60), (40, 200, 80)


def draw_grid(rgb: Image, marked: NDArray[np.bool_], names: Sequence[str] = ()) -> Image:
    """Return one picture of all environments, in rows of about equal length.

    Args:
        rgb: `(N, V, 3, H, W)`, uint8: what the cameras see, shown side by side.
        marked: `(N,)`: which get a green border.
        names: N, drawn into the upper left corners, or none.

    Returns:
        `(height, width, 3)`, uint8; both sides are even, as H.264 needs.

    Raises:
        ConfigurationError: If there are names and the extra `video` is not installed.
    """
    N, V, _, H, W = rgb.shape
    factor = math.ceil(MIN_HEIGHT / H)
    large = rgb.repeat(factor, axis=3).repeat(factor, axis=4)
    views = np.pad(large, ((0, 0), (0, 0), (0, 0), (0, 0), (0, GAP)))
    # (N, V, 3, h, w) -> (N, h, V, w, 3) -> (N, h, V w, 3)
    tiles = views.transpose(0, 3, 1, 4, 2).reshape(N, factor * H, V * (factor * W + GAP), 3)
    tiles = tiles[:, :, :-GAP]
    framed = np.empty((N, *(np.array(tiles.shape[1:3]) + 2 * BORDER), 3), np.uint8)
    framed[:] = np.where(marked[:, None], _MARKED, _PLAIN)[:, None, None]
    framed[:, BORDER:-BORDER, BORDER:-BORDER] = tiles
    for tile, name in zip(framed, names, strict=bool(names)):
        _write_name(tile, name)
    return _arrange(framed)


@contextmanager
def open_mp4(path: Path, frames_per_second: float) -> Iterator[Callable[[Image], None]]:
    """Give a function that adds an image `(H, W, 3)` of even sides to the video `path`.

    Images are encoded as they come. The file appears only when it is complete.

    Raises:
        ConfigurationError: If the extra `video` is not installed.
        OSError: If the video could not be written whole, as on a full disk.
    """
    av = import_extra("av", "video")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part.mp4")
    try:
        with av.open(str(temporary), "w") as container:
            rate = Fraction(frames_per_second).limit_denominator(1001)
            stream = container.add_stream("libx264", rate, _QUALITY)
            stream.pix_fmt = "yuv420p"  # what every player knows

            def add(image: Image) -> None:
                if not stream.codec_context.is_open:
                    stream.height, stream.width = image.shape[:2]
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
                container.mux(stream.encode(frame))

            yield add
            container.mux(stream.encode(None))
        temporary.replace(path)
    except av.error.FFmpegError as error:
        message = f"the video cannot be written whole, {error}"
        raise OSError(errno.EIO, message, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_name(tile: Image, name: str) -> None:
    picture = import_extra("PIL.Image", "video").fromarray(tile)
    draw = import_extra("PIL.ImageDraw", "video").Draw(picture)
    draw.text((BORDER + 4, BORDER + 4), name, fill=(255, 255, 255))
    tile[:] = picture


def _arrange(tiles: Image) -> Image:
    """Return `(N, h, w, 3)` tiles as one picture whose sides are even."""
    N, height, width, _ = tiles.shape
    columns = math.ceil(math.sqrt(N * height / width))  # rather wide than tall
    rows = math.ceil(N / columns)
    grid = np.zeros((rows * columns, height, width, 3), np.uint8)
    grid[:N] = tiles
    # (rows, columns, h, w, 3) -> (rows, h, columns, w, 3) -> (rows h, columns w, 3)
    picture = grid.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    picture = picture.reshape(rows * height, columns * width, 3)
    return np.pad(picture, ((0, rows * height % 2), (0, columns * width % 2), (0, 0)))
