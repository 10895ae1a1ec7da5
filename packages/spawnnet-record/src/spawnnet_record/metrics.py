"""Numbers of a run over time, as JSON lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, final

from spawnnet_record.files import reading, strict_json, write_text


@final
class MetricsLog:
    """Writes each row at once, so that a crash loses none.

    Args:
        jsonl: The file of JSON lines, opened for appending.
        resumed_at: Updates done when the run goes on; what was written of later ones, which are
            about to be repeated, is removed.
    """

    def __init__(self, jsonl: Path, *, resumed_at: int | None = None) -> None:
        earlier = [] if resumed_at is None else _rows_until(jsonl, resumed_at)
        if resumed_at is not None:
            write_text(jsonl, "".join(strict_json(row) + "\n" for row in earlier))
        self._file = jsonl.open("a", encoding="utf-8", buffering=1)
        self._start = time.monotonic() - (earlier[-1].get("seconds", 0) if earlier else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Write `values`, such as `{"train/loss": 0.1}`, as they are after `update` updates."""
        seconds = round(time.monotonic() - self._start, 3)
        row = {"update": update, "seconds": seconds, **values}
        self._file.write(strict_json(row) + "\n")


def read_metrics(jsonl: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of metrics; a last line that was cut off is left out.

    Raises:
        RecordError: If a row is none.
    """
    if not jsonl.is_file():
        return []
    with reading(jsonl):
        lines = jsonl.read_text("utf-8").split("\n")[:-1]
        return [_row(json.loads(line)) for line in lines]


def _row(row: Any) -> dict[str, Any]:
    """Return a row of metrics if it is one."""
    known = {"seconds": 0.0, **row}
    if not isinstance(known["update"], int) or not isinstance(known["seconds"], int | float):
        raise ValueError(f"{str(row)[:80]} is no row of metrics")
    return {**row}


def _rows_until(jsonl: Path, update: int) -> list[dict[str, Any]]:
    return [row for row in read_metrics(jsonl) if row["update"] <= update]


def metric_series(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    """Return every metric of a run as pairs of updates and value, in the order of first mention."""
    series: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        for name, value in row.items():
            # `update`, `seconds` and the number of a period are no metrics.
            if "/" in name and isinstance(value, int | float):
                series.setdefault(name, []).append((row["update"], value))
    return series


def panels_of(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the metrics that share a picture, by its title: sets and dimensions of actions do."""
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(_panel(name), []).append(name)
    return panels


def _panel(name: str) -> str:
    kind, *rest = name.split("/", 2)
    if len(rest) > 1:
        return f"{kind}/{rest[0]} by dimension"
    return name.partition("_L")[0]


class Log(Protocol):
    """Where numbers of a run go."""

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Write `values` as they are after `update` updates."""


@final
class MetricsLogs:
    """Several logs as one."""

    def __init__(self, logs: Sequence[Log]) -> None:
        self._logs = logs

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Write `values` to all of them."""
        for log in self._logs:
            log.log(update, values)
