"""The curve of success rates over the rounds or epochs of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from spawnnet_record.figures import new_figure, write_figure


def write_success_curve(rows: Iterable[Mapping[str, str]], picture: Path) -> None:
    """Draw the success rate on every split over rounds or epochs, with its interval shaded.

    Args:
        rows: Of `checkpoints.csv`, measured in one way, see `comparable`.
        picture: The PNG file to write.
    """
    splits: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        rates = [float(row[name]) for name in ("rate", "low", "high")]
        splits.setdefault(row["split"], {})[int(row["period"])] = rates
    figure = new_figure(7, 4.5)
    axes = figure.add_subplot()
    for split, by_period in splits.items():
        periods = sorted(by_period)
        rate, low, high = zip(*(by_period[period] for period in periods), strict=True)
        (line,) = axes.plot(periods, rate, marker="o", label=split)
        axes.fill_between(periods, low, high, color=line.get_color(), alpha=0.2)
        if len(periods) == 1:  # nothing to shade between
            axes.vlines(periods, low, high, color=line.get_color(), alpha=0.4)
    axes.set(xlabel="round or epoch", ylabel="success rate, 95 % interval", ylim=(-0.02, 1.02))
    axes.xaxis.get_major_locator().set_params(integer=True)
    if splits:
        axes.legend()
    write_figure(figure, picture)
