"""Where numbers are on an axis, and which of them are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from spawnnet_record.report.numbers import number

_NUM_TICKS = 5
_MOST_DIGITS = 8
_LOG_FROM = 30.0
"""Ratio of the largest to the smallest value from which on an axis may be logarithmic."""


class Tick(NamedTuple):
    """A number beside an axis.

    Attributes:
        place: From 0 at the lower end of the axis to 1.
        text: What is written.
    """

    place: float
    text: str


class Scale(NamedTuple):
    """An axis from `low` to `high`, whose numbers may have to be whole."""

    low: float
    high: float
    is_log: bool = False
    is_whole: bool = False

    @classmethod
    def of(cls, values: Iterable[float], *, may_be_log: bool = False) -> Scale:
        """Return an axis on which all finite values are."""
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        low, high = min(finite), max(finite)
        if may_be_log and low > 0 and high / low > _LOG_FROM:
            return cls(low, high, is_log=True)
        if low == high:
            margin = abs(low) / 2 or 1.0
            return cls(low - margin, high + margin)
        step = _step(low, high)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step)

    def place(self, value: float) -> float:
        """Return where a value is, 0 at the lower end and 1 at the upper."""
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        """Return round numbers along the axis."""
        values = self._decades() if self.is_log else self._steps()
        return [Tick(self.place(value), self._text(value)) for value in values]

    def text(self, value: float) -> str:
        """Return a value in so many digits that it differs from what is near it on the axis."""
        return self._text(value, of_step=100)

    def _text(self, value: float, of_step: float = 1) -> str:
        """Return a value that is rounded to a part of the distance of ticks."""
        span = max(abs(self.low), abs(self.high))
        digits = math.ceil(math.log10(span * of_step / _step(self.low, self.high)) - 1e-9) + 1
        return number(value, max(3, min(digits, _MOST_DIGITS)))

    def _steps(self) -> list[float]:
        step = _step(self.low, self.high)
        step = max(1.0, step) if self.is_whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]

    def _decades(self) -> list[float]:
        exponents = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        values = [factor * 10.0**e for e in exponents for factor in (1, 3)]
        inside = [value for value in values if self.low <= value <= self.high]
        return inside[:: math.ceil(len(inside) / (_NUM_TICKS + 2)) or 1]


def _step(low: float, high: float) -> float:
    """Return a round distance of ticks: 1, 2 or 5 times a power of ten."""
    rough = (high - low) / _NUM_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
