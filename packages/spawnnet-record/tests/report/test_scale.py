import math

import pytest

from spawnnet_record.report.scale import Scale


def test_an_axis_ends_at_round_numbers_around_all_values() -> None:
    scale = Scale.of([0.13, 0.42, math.nan])
    assert (scale.low, scale.high) == (0.1, 0.5)
    assert [tick.text for tick in scale.ticks()] == ["0.1", "0.2", "0.3", "0.4", "0.5"]
    assert scale.place(0.2) == pytest.approx(0.25)


def test_values_far_apart_get_a_logarithmic_axis_where_they_may() -> None:
    scale = Scale.of([0.001, 0.5, 1.0], may_be_log=True)
    assert scale.is_log
    assert scale.place(0.1) == pytest.approx(2 / 3)
    assert {"0.001", "0.1"} <= {tick.text for tick in scale.ticks()}
    assert not Scale.of([0.001, 1.0]).is_log
    assert not Scale.of([0.0, 1.0], may_be_log=True).is_log


@pytest.mark.parametrize(
    "values", [[], [3.0], [0.0, 0.0], [math.inf], [1e-300, 2e-300], [-1e12, 1e12]]
)
def test_any_values_have_an_axis_with_some_ticks(values: list[float]) -> None:
    scale = Scale.of(values)
    assert all(0 <= scale.place(value) <= 1 for value in values if math.isfinite(value))
    assert 2 <= len(scale.ticks()) <= 12


def test_values_that_hardly_differ_are_told_apart_beside_the_axis_and_on_it() -> None:
    scale = Scale.of([0.20355, 0.20361])
    texts = [tick.text for tick in scale.ticks()]
    assert len(set(texts)) == len(texts)
    assert [scale.text(value) for value in (0.20355, 0.20361)] == ["0.20355", "0.20361"]
    assert Scale.of([0.0, 1.0]).text(0.5) == "0.5"
