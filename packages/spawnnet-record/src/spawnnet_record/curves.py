"""Learning curves of a run as one picture."""

from __future__ import annotations

from pathlib import Path

from spawnnet_record.figures import new_figure, write_figure
from spawnnet_record.metrics import metric_series, panels_of, read_metrics

_COLUMNS = 3


def write_curves(metrics: Path, picture: Path) -> None:
    """Draw every metric of a run over its updates; without any, nothing is drawn.

    Args:
        metrics: `metrics.jsonl` of the run.
        picture: The PNG file to write.
    """
    series = metric_series(read_metrics(metrics))
    panels = panels_of(series)
    if not panels:
        return
    figure = new_figure(15, 3.2 * -(-len(panels) // _COLUMNS))
    for position, (title, names) in enumerate(sorted(panels.items())):
        axes = figure.add_subplot(-(-len(panels) // _COLUMNS), _COLUMNS, position + 1)
        for name in names:
            label = name.split("/", 2)[-1] if name.count("/") > 1 else name
            axes.plot(*zip(*series[name], strict=True), label=label, linewidth=1)
        axes.set_title(title)
        axes.set_xlabel("updates")
        if title.startswith(("train/loss", "update/loss", "val")):
            axes.set_yscale("log")
        if len(names) > 1:
            axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    write_figure(figure, picture)
