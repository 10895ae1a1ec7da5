"""What a run takes: time, part by part, and memory."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from spawnnet_record.files import reading, write_json

if sys.platform != "win32":
    import resource


@final
class CostLog:
    """Adds up the time of each part of a run, over all processes that worked on it.

    Args:
        path: The JSON file: `seconds` by part, and `memory`, the most bytes that a process held.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cost = read_cost(path)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what happens in the context as a part, and write it down."""
        start = time.monotonic()
        try:
            yield
        finally:
            seconds: dict[str, float] = self._cost["seconds"]
            seconds[name] = round(seconds.get(name, 0.0) + time.monotonic() - start, 3)
            self._cost["memory"] = max(self._cost["memory"], peak_memory())
            write_json(self._path, self._cost)


def read_cost(path: Path) -> dict[str, Any]:
    """Return what a `CostLog` wrote; nothing at all where there is no such file.

    Raises:
        RecordError: If the file is damaged.
    """
    if not path.is_file():
        return {"seconds": {}, "memory": 0}
    with reading(path):
        content = json.loads(path.read_text("utf-8"))
        seconds = {str(name): float(value) for name, value in content["seconds"].items()}
        return {"seconds": seconds, "memory": int(content["memory"])}


def peak_memory() -> int:
    """Return the most bytes of memory that this process has held; 0 where it is not known."""
    if sys.platform == "win32":
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
