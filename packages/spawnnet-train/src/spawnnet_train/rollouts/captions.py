"""Words in pictures."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Picture = NDArray[np.uint8]

CAPTION = 20
"""Pixels of the strip above a picture that `captioned` adds, an even number."""
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def captioned(picture: Picture, text: str) -> Picture:
    """Return a picture `(height, width, 3)` below a line of text."""
    return labelled(np.pad(picture, ((CAPTION, 0), (0, 0), (0, 0))), [(4, 4, text)])


def labelled(picture: Picture, labels: Iterable[tuple[int, int, str]]) -> Picture:
    """Return a picture with texts in it, at x and y of their upper left corners each."""
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    for x, y, text in labels:
        draw.text((x, y), text, fill=_WHITE, stroke_width=1, stroke_fill=_BLACK)
    return np.asarray(canvas)
