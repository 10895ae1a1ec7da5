"""The settings of a sweep as one picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from spawnnet_jobs.sweeps.comparison import Average, Comparison
from spawnnet_record.extras import is_installed
from spawnnet_record.figures import new_figure, write_figure

_COLUMNS = 2


def write_comparison(comparison: Comparison, picture: Path) -> None:
    """Draw every metric of a sweep, setting by setting: a dot per seed, and the mean over them.

    Error bars are the pooled 95 % interval for success rates, and else that of the mean over seeds.

    Args:
        comparison: Of the sweep.
        picture: The PNG file to write; none is written without any result, or without matplotlib.
    """
    averages, metrics = comparison.averages(), comparison.metrics
    if not metrics or not is_installed("plots"):
        return
    rows = math.ceil(len(metrics) / _COLUMNS)
    width = _COLUMNS * max(5.0, 1.5 + 0.5 * len(averages))
    figure = new_figure(width, 4 * rows)
    for position, metric in enumerate(metrics):
        axes = figure.add_subplot(rows, _COLUMNS, position + 1)
        axes.set_title(metric)
        for place, of_setting in enumerate(averages.values()):
            if metric in of_setting:
                _draw(axes, place, of_setting[metric])
        labels = ["\n".join(setting) or "all" for setting in averages]
        axes.set_xticks(range(len(labels)), labels, fontsize=8)
        axes.set_xlim(-0.5, len(labels) - 0.5)
    write_figure(figure, picture)


def _draw(axes: Any, place: int, average: Average) -> None:
    axes.plot([place] * len(average.values), average.values, ".", color="tab:gray")
    pooled = average.pooled
    low, high = (average.low, average.high) if pooled is None else (pooled.low, pooled.high)
    axes.plot(place, average.mean, "o", color="tab:blue")
    if not math.isnan(low):
        axes.vlines(place, low, high, color="tab:blue")
