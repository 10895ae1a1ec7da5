"""What the trained part computes in."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch

PrecisionName = Literal["float32", "bf16", "fp16"]
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(precision: PrecisionName, device: torch.device) -> AbstractContextManager[Any]:
    """Return the context of a forward pass; that of `float32` changes nothing."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, _TYPES[precision])
