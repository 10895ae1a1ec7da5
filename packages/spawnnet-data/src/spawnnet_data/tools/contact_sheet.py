"""A picture of a data set: a few episodes, their cameras, at even times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spawnnet_data.common.errors import DataError, Problem, listed, printable
from spawnnet_data.common.whole_file import whole_file
from spawnnet_data.sources.source import Array, DemonstrationSource, kinds_of

# Height of a picture, space between pictures and height of a line of text, in pixels.
_HEIGHT = 112
_GAP = 6
_LINE = 16
# Width of a picture in heights, and characters of a title.
_WIDEST = 8
_LONGEST_TITLE = 300
_INK = (20, 20, 20)
_PAPER = (250, 250, 250)


def contact_sheet(
    source: DemonstrationSource, *, num_episodes: int = 3, num_steps: int = 6
) -> Image.Image:
    """Return a picture with one row per camera of the first, middle and last episodes.

    Depth is drawn from near (bright) to far (dark), zeros in black. A row that cannot be read says
    why.

    Args:
        source: An open data set.
        num_episodes: Episodes to show, spread evenly.
        num_steps: Time steps to show of each, spread evenly.

    Raises:
        DataError: If there is no camera.
    """
    kinds = kinds_of(source)
    keys = [k for k in kinds if not k.startswith("next_obs/") and kinds[k] != "array"]
    if not keys:
        message = f"has no camera to show, there are {listed(source.keys)}."
        raise DataError(Problem(str(source.path), message))
    rows = []
    for episode in _spread(len(source.episodes), num_episodes):
        found = source.episodes[episode]
        steps = _spread(found.length, num_steps)
        task = f", {found.task}" if found.task else ""
        for key in keys:
            title = f"{found.name}{task}: {key}"
            try:
                rows.append(_row(title, source.read(episode, key, steps), steps))
            except DataError as error:
                rows.append(_row(f"{title}: {error}", (), steps[:0]))
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height for row in rows)), _PAPER)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def save_contact_sheet(source: DemonstrationSource, path: Path) -> None:
    """Write the contact sheet as PNG, all or nothing."""
    try:
        with whole_file(path) as unfinished:
            contact_sheet(source).save(unfinished, format="PNG")
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _row(title: str, images: Sequence[Array] | Array, steps: NDArray[np.int64]) -> Image.Image:
    title = printable(title, _LONGEST_TITLE)
    pictures = [_picture(image) for image in images]
    width = max(sum(p.width + _GAP for p in pictures) + _GAP, 7 * len(title) + 2 * _GAP)
    row = Image.new("RGB", (width, 2 * _LINE + _HEIGHT + 2 * _GAP), _PAPER)
    draw = ImageDraw.Draw(row)
    font = ImageFont.load_default(12)
    draw.text((_GAP, _GAP // 2), title, _INK, font)
    left = _GAP
    for picture, step in zip(pictures, steps.tolist(), strict=True):
        row.paste(picture, (left, _LINE + _GAP))
        draw.text((left, _LINE + _GAP + _HEIGHT), f"step {step}", _INK, font)
        left += picture.width + _GAP
    return row


def _picture(image: Array) -> Image.Image:
    pixels = image.transpose(1, 2, 0) if len(image) == 3 else _depth_to_gray(image[0])
    height, width = pixels.shape[:2]
    # Small images are enlarged pixel by pixel, so that one sees what the policy sees.
    method = Image.Resampling.NEAREST if height < _HEIGHT else Image.Resampling.BOX
    shown_width = min(max(1, width * _HEIGHT // height), _WIDEST * _HEIGHT)
    return Image.fromarray(pixels).resize((shown_width, _HEIGHT), method)


def _depth_to_gray(depth: Array) -> NDArray[np.uint8]:
    known = depth[np.isfinite(depth) & (depth > 0)]
    if not known.size:
        return np.zeros((*depth.shape, 3), np.uint8)
    near, far = np.quantile(known, [0.02, 0.98])
    closeness = np.clip((far - depth) / max(far - near, 1e-6), 0, 1)
    gray = np.where(depth > 0, 55 + 200 * np.nan_to_num(closeness), 0).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=-1)


def _spread(count: int, wanted: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))
