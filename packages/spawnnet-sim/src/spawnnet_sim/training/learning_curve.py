"""The learning curve of an expert, as a table and as a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from spawnnet_sim.atomic_file import write_bytes
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.extras import import_extra


@dataclass(frozen=True)
class CurvePoint:
    """One iteration of training; the columns of `curve.csv`.

    Attributes:
        steps: Control steps so far, all environments together.
        seconds: Duration of training so far, without interruptions.
        mean_return: Sum of the task's rewards in an episode, mean over environments.
        success_rate: Share of environments that succeeded.
        mean_opened: Opening at the end, mean over environments, m or rad.
        deviation: Standard deviation of the actions, mean over their dimensions.
    """

    steps: int
    seconds: float
    mean_return: float
    success_rate: float
    mean_opened: float
    deviation: float


_COLUMNS = [field.name for field in fields(CurvePoint)]


def write_curve(path: Path, points: Sequence[CurvePoint]) -> None:
    """Write a table; the file appears only when it is complete."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _text(v) for k, v in asdict(p).items()} for p in points)
    write_bytes(path, text.getvalue().encode())


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def read_curve(path: Path) -> list[CurvePoint]:
    """Read what `write_curve` wrote.

    Raises:
        ConfigurationError: If it is something else.
    """
    try:
        rows = csv.DictReader(path.read_text("utf-8").splitlines())
        return [
            CurvePoint(int(float(row["steps"])), *(float(row[name]) for name in _COLUMNS[1:]))
            for row in rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError("", f"{path}: is not a learning curve, {error}.") from error


def draw_curve(path: Path, points: Sequence[CurvePoint], title: str) -> None:
    """Draw return and success over steps as a PNG; the file appears only when it is complete.

    Raises:
        ConfigurationError: If the extra `ppo` is not installed.
    """
    figure = import_extra("matplotlib.figure", "ppo").Figure((6.0, 3.0), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    steps = [point.steps / 1000 for point in points]
    left.plot(steps, [point.mean_return for point in points], color="tab:blue")
    right.plot(steps, [point.success_rate for point in points], color="tab:green")
    left.set(xlabel="control steps of all environments, thousands", title=title)
    left.set_ylabel("mean return", color="tab:blue")
    right.set_ylabel("success rate", color="tab:green")
    right.set_ylim(-0.02, 1.02)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100)
    write_bytes(path, content.getvalue())
