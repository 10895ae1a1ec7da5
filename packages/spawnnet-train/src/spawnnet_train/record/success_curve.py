"""The curve of success rates over the rounds or epochs of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

from spawnnet_train.record.curves import write_figure


def write_success_curve(rows: Iterable[Mapping[str, str]], picture: Path) -> None:
    """Draw the success rate on every split over rounds or epochs, with its interval shaded.

    Args:
        rows: Those of `checkpoints.csv`; a student that saw black images is left out.
        picture: The PNG file to write.
    """
    splits: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        if row["blind"] == "0":
            rates = [float(row[name]) for name in ("rate", "low", "high")]
            splits.setdefault(row["split"], {})[int(row["period"])] = rates
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for split, by_period in splits.items():
        periods = sorted(by_period)
        rate, low, high = zip(*(by_period[period] for period in periods), strict=True)
        (line,) = axes.plot(periods, rate, marker="o", label=split)
        axes.fill_between(periods, low, high, color=line.get_color(), alpha=0.2)
        if len(periods) == 1:  # nothing to shade between
            axes.vlines(periods, low, high, color=line.get_color(), alpha=0.4)
    axes.set(xlabel="round or epoch", ylabel="success rate, 95 % interval", ylim=(-0.02, 1.02))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if splits:
        axes.legend()
    write_figure(figure, picture)


def log_picture(tensorboard: Path, name: str, picture: Path) -> None:
    """Add a PNG file to the TensorBoard events of a run.

    Args:
        tensorboard: The folder of events.
        name: What it is called there.
        picture: The file; nothing is added where there is none.
    """
    if not picture.is_file():
        return
    with closing(SummaryWriter(str(tensorboard))) as writer, Image.open(picture) as image:
        writer.add_image(name, np.asarray(image.convert("RGB")), dataformats="HWC")
