"""Write a video that is read at random: many key frames, colours kept as well as H.264 can."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.extras import require


def write_video(path: Path, images: Iterable[NDArray[np.uint8]], fps: float) -> None:
    """Write images `(3, H, W)`, at least one and all of one size, as H.264 in MP4."""
    av = require("av", "lerobot")
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        options = {"crf": "18", "g": "2"}
        stream = container.add_stream("libx264", Fraction(fps).limit_denominator(1001), options)
        for number, image in enumerate(images):
            if number == 0:
                _, stream.height, stream.width = image.shape
                # Halving the colours needs even sizes.
                is_even = not (stream.height % 2 or stream.width % 2)
                stream.pix_fmt = "yuv420p" if is_even else "yuv444p"
            pixels = np.ascontiguousarray(image.transpose(1, 2, 0))  # (H, W, 3)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode(None))
