"""What the trained part computes in, and the scaling that half precision needs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, final

import torch
from torch import Tensor

PrecisionName = Literal["float32", "bf16", "fp16"]
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@final
class Precision:
    """Autocast and scaled gradients; in `float32` everything passes through unchanged.

    Args:
        name: Of the precision.
        device: Where the trained part is.
    """

    def __init__(self, name: PrecisionName, device: torch.device) -> None:
        self._type, self._device = _TYPES.get(name), device.type
        self._scaler = torch.amp.GradScaler(self._device, enabled=name == "fp16")

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context of a forward pass."""
        if self._type is None:
            return nullcontext()
        return torch.autocast(self._device, self._type)

    def backward(self, objective: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """Add to the gradients of the optimiser's parameters, unscaled."""
        self._scaler.scale(objective).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Let the optimiser step, unless a scaled gradient has overflowed."""
        self._scaler.step(optimizer)
        self._scaler.update()

    @property
    def may_overflow(self) -> bool:
        """Whether a gradient that is not finite is a matter of scale, which then shrinks."""
        return self._scaler.is_enabled() and self._scaler.get_scale() > 1

    def state(self) -> dict[str, Any]:
        """Return what `load_state` goes on from, fit for JSON."""
        return self._scaler.state_dict()

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        if state:
            self._scaler.load_state_dict(state)
