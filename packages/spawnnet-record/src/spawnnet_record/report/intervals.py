"""Values with their intervals, drawn as bars that lie, on one axis for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from spawnnet_record.report.scale import Scale


class Interval(NamedTuple):
    """A value with what is known of it.

    Attributes:
        label: What it is of.
        value: Its mean.
        low: Lower end of its 95 % interval; NaN where there is none.
        high: Upper end of it.
        text: What is written beside it; by default the value.
        values: Single values that it is the mean of.
    """

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""
    values: Sequence[float] = ()


class _Row(NamedTuple):
    """An interval in percent of the axis."""

    label: str
    text: str
    place: float
    start: float
    width: float
    dots: list[float]


class IntervalChart(NamedTuple):
    """What a template needs to draw intervals."""

    title: str
    rows: list[_Row]
    ticks: list[tuple[float, str]]


def interval_chart(
    title: str, intervals: Sequence[Interval], scale: Scale | None = None
) -> IntervalChart:
    """Return the geometry of intervals, in percent of a common axis."""
    if scale is None:
        scale = Scale.of(number for one in intervals for number in (*one[1:4], *one.values))
    ticks = [(_percent(tick.place), tick.text) for tick in scale.ticks()]
    return IntervalChart(title, [_row(one, scale) for one in intervals], ticks)


def _row(one: Interval, scale: Scale) -> _Row:
    has_reach = math.isfinite(one.low) and math.isfinite(one.high)
    start = scale.place(one.low) if has_reach else scale.place(one.value)
    end = scale.place(one.high) if has_reach else start
    return _Row(
        one.label,
        one.text or scale.text(one.value),
        _percent(scale.place(one.value)),
        _percent(start),
        _percent(end - start),
        [_percent(scale.place(value)) for value in one.values],
    )


def _percent(place: float) -> float:
    return round(100 * place, 2)
