"""The average of the weights over time, which can act in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor, nn


@final
class WeightAverage:
    """An exponential moving average of parameters, which can stand in for them.

    The average starts out fast (its decay is at most `(1 + n) / (10 + n)` after n updates), so that
    the initial weights do not linger in it.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], decay: float) -> None:
        self._parameters = list(parameters)
        self._average = [parameter.detach().clone() for parameter in parameters]
        self._decay = decay
        self._updates = 0

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the current parameters."""
        self._updates += 1
        decay = min(self._decay, (1 + self._updates) / (10 + self._updates))
        current: list[Tensor] = list(self._parameters)
        torch._foreach_lerp_(self._average, current, 1 - decay)

    def state(self) -> tuple[list[Tensor], int]:
        """Return the averages and the number of updates, for `load_state`."""
        return self._average, self._updates

    def load_state(self, average: Sequence[Tensor], updates: int) -> None:
        """Go on from what `state` returned."""
        for kept, loaded in zip(self._average, average, strict=True):
            kept.copy_(loaded)
        self._updates = updates

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average in the place of the parameters for the duration of the context."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, average in zip(self._parameters, self._average, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)
