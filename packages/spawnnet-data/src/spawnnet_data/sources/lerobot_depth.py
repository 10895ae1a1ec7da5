"""Depth that a LeRobotDataset keeps as video: codes of 12 bits that stand for distances.

https://huggingface.co/docs/lerobot/video_encoding_parameters, "Depth streams"
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError, model_validator

_LARGEST_CODE = 4095
Metres = Annotated[float, Field(ge=-1e3, le=1e3)]


class DepthCoding(BaseModel):
    """How the codes from 0 to 4095 are spread over distances.

    Attributes:
        depth_min: Distance of code 0, in m; what was nearer, or unknown, has it too.
        depth_max: Distance of code 4095, in m.
        shift: What is added to a distance before its logarithm is taken, in m.
        use_log: Whether codes are even in the logarithm instead of in the distance.
    """

    depth_min: Metres = 0.01
    depth_max: Metres = 10.0
    shift: Metres = 3.5
    use_log: bool = True

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.depth_min >= self.depth_max:
            raise ValueError(f"from {self.depth_min} to {self.depth_max} m is no range")
        if self.use_log and self.depth_min + self.shift <= 0:
            raise ValueError(f"{self.depth_min} + {self.shift} m has no logarithm")
        return self

    def metres(self, codes: NDArray[np.uint16]) -> NDArray[np.float32]:
        """Return the distances of codes of any shape."""
        low, high = self.depth_min, self.depth_max
        if self.use_log:
            low, high = math.log(low + self.shift), math.log(high + self.shift)
        values = low + (high - low) / _LARGEST_CODE * codes.astype(np.float64)
        if self.use_log:
            values = np.exp(values) - self.shift
        metres: NDArray[np.float32] = values.clip(self.depth_min, self.depth_max).astype(np.float32)
        return metres


def depth_coding(told: Mapping[str, Any]) -> tuple[DepthCoding | None, str]:
    """Return how the codes of a depth video are to be read, or None and why they are not.

    Args:
        told: What `meta/info.json` says of the video, `video.depth_min` and so on.
    """
    pixels = told.get("video.pix_fmt", "gray12le")
    if not str(pixels).endswith("12le"):
        return None, f"depth stored as video of {pixels} is not read, only codes of 12 bits are."
    settings = {
        name: told[f"video.{name}"]
        for name in DepthCoding.model_fields
        if told.get(f"video.{name}") is not None
    }
    try:
        return DepthCoding.model_validate(settings), ""
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["video", *map(str, first["loc"])])
        return None, f"`{place}` of the depth video cannot be used, {first['msg']}."
