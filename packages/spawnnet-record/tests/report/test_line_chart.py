import math

import pytest

from spawnnet_record.report.line_chart import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    line_chart,
)
from spawnnet_record.report.scale import Scale

UNIT = Scale(0.0, 1.0)


def pixels(piece: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, pair.split(","))) for pair in piece.split()]


def test_a_curve_goes_from_corner_to_corner() -> None:
    chart = line_chart("loss", [Series("a", [(10, 0.0), (20, 1.0), (30, 0.5)])], y_scale=UNIT)
    (curve,) = chart.curves
    (piece,) = curve.pieces
    middle = (LEFT + WIDTH - RIGHT) / 2
    bottom, top = HEIGHT - BOTTOM, TOP
    expected = [(LEFT, bottom), (middle, top), (WIDTH - RIGHT, (top + bottom) / 2)]
    assert pixels(piece) == [pytest.approx(point) for point in expected]
    assert curve.last == "0.5"


def test_what_is_counted_has_whole_numbers() -> None:
    chart = line_chart("rate", [Series("a", [(0, 0.1), (1, 0.2), (2, 0.3)])], x_label="round")
    assert [text for _, text in chart.x_ticks] == ["0", "1", "2"]


def test_a_number_that_is_none_is_a_gap_and_a_single_point_a_dot() -> None:
    points = [(0, 0.1), (1, 0.2), (2, math.nan), (3, 0.4)]
    (curve,) = line_chart("loss", [Series("a", points)]).curves
    assert [len(pixels(piece)) for piece in curve.pieces] == [2]
    assert len(curve.dots) == 1


def test_a_band_goes_there_above_and_back_below() -> None:
    band = [(0, 0.2, 0.4), (1, 0.5, 1.0)]
    series = Series("a", [(0, 0.3), (1, 0.8)], band, has_dots=True)
    (curve,) = line_chart("rate", [series], y_scale=UNIT).curves
    assert len(curve.dots) == 2
    heights = [(HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM) for _, y in pixels(curve.band)]
    assert heights == [pytest.approx(value, abs=1e-3) for value in (0.4, 1.0, 0.5, 0.2)]


def test_many_points_become_means_of_neighbours_and_the_page_says_so() -> None:
    chart = line_chart(
        "loss", [Series("a", [(x, float(x % 2)) for x in range(1000)])], y_scale=UNIT
    )
    (piece,) = chart.curves[0].pieces
    assert len(pixels(piece)) == 200
    assert chart.note == "each point is the mean of 5"
