"""Numbers of a run over time, as JSON lines and as TensorBoard events."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, final

from torch.utils.tensorboard import SummaryWriter


@final
class MetricsLog:
    """Writes each row to `metrics.jsonl` and TensorBoard at once, so that a crash loses none."""

    def __init__(self, jsonl: Path, tensorboard: Path) -> None:
        self._file = jsonl.open("a", encoding="utf-8", buffering=1)
        self._writer = SummaryWriter(str(tensorboard))
        self._start = time.monotonic()

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
