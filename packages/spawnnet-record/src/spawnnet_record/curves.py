"""Learning curves of a run as one picture."""

from __future__ import annotations

from pathlib import Path

from spawnnet_record.figures import new_figure, write_figure
from spawnnet_record.metrics import read_metrics

_COLUMNS = 3


def write_curves(metrics: Path, picture: Path) -> None:
    """Draw every metric of a run over its updates.

    Args:
        metrics: `metrics.jsonl` of the run.
        picture: The PNG file to write.
    """
    series: dict[str, list[tuple[int, float]]] = {}
    for row in read_metrics(metrics):
        for name, value in row.items():
            if "/" in name and isinstance(
                value, int | float
            ):  # `update`, `seconds` and the number of a period are no metrics
                series.setdefault(name, []).append((row["update"], value))
    panels: dict[str, list[str]] = {}
    for name in series:
        panels.setdefault(_panel(name), []).append(name)
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


def _panel(name: str) -> str:
    """Return the title of a metric's panel, which sets share, as do dimensions of an action."""
    kind, *rest = name.split("/", 2)
    if len(rest) > 1:
        return f"{kind}/{rest[0]} by dimension"
    return name.partition("_L")[0]
