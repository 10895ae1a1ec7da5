"""The figure of a plan: success above, localisation below, one column of panels per task."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from spawnnet_jobs.studies.results import Group
from spawnnet_record.figures import new_figure, write_figure

_SPREAD = 0.2  # between the splits of a group


def draw_plan(path: Path, groups: Sequence[Group]) -> None:
    """Draw groups along the last axis, in a column for each value of the axes before it.

    Columns in which no cell has finished are left out.

    Args:
        path: The PNG file.
        groups: Of a plan; the axes before the last one vary slower.
    """
    columns = [(title, list(of_column)) for title, of_column in groupby(groups, key=_column_title)]
    columns = [column for column in columns if any(each.splits for each in column[1])] or columns
    width = max(len(of_column) for _, of_column in columns)
    size = (len(columns) * (2 + 0.8 * width), 7)
    figure = new_figure(*size)
    axes = figure.subplots(2, len(columns), squeeze=False, sharex="col", sharey="row")
    for (title, of_column), (above, below) in zip(columns, axes.T, strict=True):
        above.set_title(title)
        above.set_ylim(-0.03, 1.03)
        _draw(above, below, of_column)
    axes[0, 0].set_ylabel("success")
    axes[1, 0].set_ylabel("localisation error (cm)")
    write_figure(figure, path)


def _column_title(group: Group) -> str:
    return ", ".join(list(group.labels.values())[:-1])


def _draw(above: Any, below: Any, groups: Sequence[Group]) -> None:
    splits = list(dict.fromkeys(split for group in groups for split in group.splits))
    for index, split in enumerate(splits):
        color, shift = f"C{index}", _SPREAD * (index - (len(splits) - 1) / 2)
        for place, group in enumerate(groups):
            if (result := group.splits.get(split)) is None:
                continue
            x, rate = place + shift, result.pooled
            reach = [[rate.rate - rate.low], [rate.high - rate.rate]]
            above.errorbar([x], [rate.rate], yerr=reach, fmt="o", color=color)
            rates = [one.rate for one in result.rates]
            above.plot([x] * len(rates), rates, "_", color=color, alpha=0.6)
            if result.handle_error is not None:
                below.bar([x], [result.handle_error], 0.8 * _SPREAD, color=color)
        above.plot([], [], "o", color=color, label=split)
    names = [list(group.labels.values())[-1] for group in groups]
    below.set_xticks(range(len(names)), names, rotation=30, ha="right")
    if splits:
        above.legend(fontsize=8)
