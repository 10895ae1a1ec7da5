"""Numbers of a run over time, as JSON lines and as TensorBoard events."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, final

from torch.utils.tensorboard import SummaryWriter

from spawnnet_train.record.files import write_text


@final
class MetricsLog:
    """Writes each row to `metrics.jsonl` and TensorBoard at once, so that a crash loses none."""

    def __init__(self, jsonl: Path, tensorboard: Path, *, resumed_at: int | None = None) -> None:
        """Open both for appending.

        Args:
            jsonl: The file of JSON lines.
            tensorboard: The folder of events.
            resumed_at: Updates done when the run goes on; what was written of later ones, which
                are about to be repeated, is removed.
        """
        earlier = [] if resumed_at is None else _rows_until(jsonl, resumed_at)
        if resumed_at is not None:
            write_text(jsonl, "".join(json.dumps(row) + "\n" for row in earlier))
        self._file = jsonl.open("a", encoding="utf-8", buffering=1)
        purge_step = None if resumed_at is None else resumed_at + 1
        self._writer = SummaryWriter(str(tensorboard), purge_step=purge_step)
        self._start = time.monotonic() - (earlier[-1]["seconds"] if earlier else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        self._file.close()

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Write `values`, such as `{"train/loss": 0.1}`, as they are after `update` updates."""
        seconds = round(time.monotonic() - self._start, 3)
        row = {"update": update, "seconds": seconds, **values}
        self._file.write(json.dumps(row) + "\n")
        for name, value in values.items():
            self._writer.add_scalar(name, value, update)
        self._writer.flush()


def read_metrics(jsonl: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of metrics; a last line that was cut off is left out."""
    rows = []
    for line in jsonl.read_text("utf-8").splitlines(keepends=True) if jsonl.is_file() else []:
        if line.endswith("\n"):
            rows.append(json.loads(line))
    return rows


def _rows_until(jsonl: Path, update: int) -> list[dict[str, Any]]:
    return [row for row in read_metrics(jsonl) if row["update"] <= update]


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
