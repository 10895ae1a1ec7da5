import math

from spawnnet_record.report.intervals import Interval, interval_chart
from spawnnet_record.report.scale import Scale


def test_places_are_percent_of_the_axis() -> None:
    seeds = [0.5, 0.9]
    interval = Interval("width 8", 0.7, 0.6, 0.85, "70 %", seeds)
    (row,) = interval_chart("success", [interval], Scale(0.0, 1.0)).rows
    assert (row.place, row.start, row.width, row.dots) == (70.0, 60.0, 25.0, [50.0, 90.0])
    assert (row.label, row.text) == ("width 8", "70 %")


def test_without_an_interval_there_is_the_value_alone_on_an_axis_that_fits() -> None:
    chart = interval_chart("loss", [Interval("a", 0.1), Interval("b", 0.4, math.nan, math.nan)])
    assert [row.width for row in chart.rows] == [0.0, 0.0]
    assert [row.text for row in chart.rows] == ["0.1", "0.4"]
    assert 0 <= chart.rows[0].place < chart.rows[1].place <= 100
