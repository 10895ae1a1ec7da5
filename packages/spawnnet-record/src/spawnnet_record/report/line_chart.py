"""Curves as the geometry of an SVG picture, which the page's own style colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from spawnnet_record.report.numbers import number
from spawnnet_record.report.scale import Scale, Tick

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 24
"""Margins around the curves, for the numbers beside the axes."""
_MOST_POINTS = 240

Points = Sequence[tuple[float, float]]


class Series(NamedTuple):
    """A curve.

    Attributes:
        name: For the legend.
        points: Pairs of x and y; where y is not finite, the curve has a gap.
        band: Triples of x, low and high, shaded behind the curve.
        has_dots: Whether each point is marked.
    """

    name: str
    points: Points
    band: Sequence[tuple[float, float, float]] = ()
    has_dots: bool = False


class Curve(NamedTuple):
    """A series in pixels."""

    name: str
    last: str
    pieces: list[str]
    dots: list[tuple[float, float]]
    band: str


class LineChart(NamedTuple):
    """What a template needs to draw curves over one axis."""

    title: str
    x_label: str
    curves: list[Curve]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    note: str
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(
    title: str,
    series: Sequence[Series],
    *,
    x_label: str = "updates",
    y_scale: Scale | None = None,
    may_be_log: bool = False,
) -> LineChart:
    """Return the geometry of curves.

    Args:
        title: Of the picture.
        series: At least one curve with at least one finite point.
        x_label: What is counted along the axis.
        y_scale: The upright axis; by default one on which everything is.
        may_be_log: Whether that may be logarithmic.
    """
    thinned = [one._replace(points=_thinned(one.points)) for one in series]
    x_scale = _x_scale([x for one in thinned for x, _ in one.points])
    if y_scale is None:
        values = [y for one in thinned for _, y in one.points]
        bounds = [y for one in thinned for _, *of_band in one.band for y in of_band]
        y_scale = Scale.of([*values, *bounds], may_be_log=may_be_log)
    factor = max(math.ceil(len(one.points) / _MOST_POINTS) for one in series)
    return LineChart(
        title,
        x_label,
        [_curve(one, x_scale, y_scale) for one in thinned],
        [(_x(tick.place), tick.text) for tick in _apart(x_scale.ticks())],
        [(_y(tick.place), tick.text) for tick in y_scale.ticks()],
        f"each point is the mean of {factor}" if factor > 1 else "",
    )


def _thinned(points: Points) -> Points:
    """Return the means of as many neighbours as leave few enough points."""
    factor = math.ceil(len(points) / _MOST_POINTS)
    if factor <= 1:
        return points
    blocks = [points[start : start + factor] for start in range(0, len(points), factor)]
    return [(block[-1][0], sum(y for _, y in block) / len(block)) for block in blocks]


def _x_scale(values: Sequence[float]) -> Scale:
    low, high = min(values), max(values)
    scale = Scale(low, high) if low < high else Scale.of(values)
    return scale._replace(is_whole=True)  # updates, rounds, steps


def _apart(ticks: list[Tick]) -> list[Tick]:
    """Return ticks whose texts do not touch."""
    return ticks[:: 1 + (max(len(tick.text) for tick in ticks) > 5 and len(ticks) > 4)]


def _curve(series: Series, x_scale: Scale, y_scale: Scale) -> Curve:
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in series.points:
        if math.isfinite(y):
            pieces[-1].append((_x(x_scale.place(x)), _y(y_scale.place(y))))
        elif pieces[-1]:
            pieces.append([])
    dots = [dot for piece in pieces for dot in piece if series.has_dots or len(piece) == 1]
    upper = [(_x(x_scale.place(x)), _y(y_scale.place(high))) for x, _, high in series.band]
    lower = [(_x(x_scale.place(x)), _y(y_scale.place(low))) for x, low, _ in series.band]
    finite = [y for _, y in series.points if math.isfinite(y)]
    return Curve(
        series.name,
        number(finite[-1]) if finite else "",
        [_path(piece) for piece in pieces if len(piece) > 1],
        dots,
        _path([*upper, *reversed(lower)]) if len(upper) > 1 else "",
    )


def _path(points: Points) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _x(place: float) -> float:
    return round(LEFT + place * (WIDTH - LEFT - RIGHT), 1)


def _y(place: float) -> float:
    return round(HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM), 1)
