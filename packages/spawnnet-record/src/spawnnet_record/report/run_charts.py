"""The curves of a run: what matters first, and everything else after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from spawnnet_record.files import reading
from spawnnet_record.metrics import metric_series, panels_of
from spawnnet_record.report.line_chart import LineChart, Points, Series, line_chart
from spawnnet_record.report.scale import Scale
from spawnnet_record.run_record import RunRecord

_LOSSES = ("train/loss", "update/loss")
_FIRST = ("val/mse", "train/handle_offset_error_cm", "rollout/success", "val/abs")
"""Titles of pictures that are worth the first look, where a run has them."""
_RATES = Scale(0.0, 1.0)


class RunCharts(NamedTuple):
    """The pictures of a run's numbers.

    Attributes:
        first: Losses, success on the way, errors on validation data.
        others: All other metrics.
    """

    first: list[LineChart]
    others: list[LineChart]


def run_charts(record: RunRecord) -> RunCharts:
    """Return the curves of a run, as far as it has come.

    Raises:
        RecordError: If a file of the run is damaged.
    """
    series = metric_series(record.metrics())
    losses = [_series(name, series.pop(name)) for name in _LOSSES if name in series]
    first = [line_chart("loss", losses, may_be_log=True)] if losses else []
    rows = record.comparable_evaluations()
    with reading(record.directory.evaluated):
        first += _success(rows)
    panels = panels_of(name for name in series if not name.startswith("evaluation/"))
    charts = {
        title: _chart(title, names, series)
        for title, names in panels.items()
        if any(len(series[name]) > 1 for name in names)  # a single point is no curve
    }
    first += [charts.pop(title) for title in _FIRST if title in charts]
    return RunCharts(first, [charts[title] for title in sorted(charts)])


def _chart(title: str, names: Sequence[str], series: Mapping[str, Points]) -> LineChart:
    curves = [_series(_short(name, title), series[name]) for name in names]
    is_share = title.endswith(("success", "share"))
    scale = _RATES if is_share else None
    return line_chart(title, curves, y_scale=scale, may_be_log="mse" in title or "loss" in title)


def _short(name: str, title: str) -> str:
    """Return what of a metric's name its picture's title does not say."""
    rest = name.removeprefix(title).lstrip("_")
    return rest if rest and rest != name else name.split("/", 2)[-1]


def _series(name: str, points: Points) -> Series:
    return Series(name, points, has_dots=1 < len(points) <= 30)


def _success(rows: Iterable[Mapping[str, str]]) -> list[LineChart]:
    """Return the curve of the student alone over rounds or epochs, if it was measured twice."""
    splits: dict[str, dict[int, tuple[float, float, float]]] = {}
    for row in rows:
        rate, low, high = (float(row[name]) for name in ("rate", "low", "high"))
        splits.setdefault(row["split"], {})[int(row["period"])] = (rate, low, high)
    if max((len(by_period) for by_period in splits.values()), default=0) < 2:
        return []
    curves = [
        Series(
            split,
            [(period, by_period[period][0]) for period in sorted(by_period)],
            [(period, *by_period[period][1:]) for period in sorted(by_period)],
            has_dots=True,
        )
        for split, by_period in splits.items()
    ]
    return [
        line_chart("success of the student alone", curves, x_label="round or epoch", y_scale=_RATES)
    ]
