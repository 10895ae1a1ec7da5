"""Figures of matplotlib, which is imported when the first one is drawn."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from spawnnet_record.extras import import_extra
from spawnnet_record.files import write_bytes


def new_figure(width: float, height: float) -> Any:
    """Return an empty `matplotlib.figure.Figure` of a size in inches.

    Raises:
        RecordError: If matplotlib is not installed.
    """
    module = import_extra("matplotlib.figure", "plots")
    return module.Figure(figsize=(width, height), layout="constrained")


def write_figure(figure: Any, path: Path) -> None:
    """Write a figure as a PNG file, all or nothing."""
    buffer = io.BytesIO()
    with import_extra("matplotlib", "plots").rc_context({"axes.grid": True}):
        figure.savefig(buffer, format="png", dpi=100)
    write_bytes(path, buffer.getvalue())
