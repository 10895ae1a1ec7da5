"""What a run took, and where it went."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spawnnet_record.cost import read_cost
from spawnnet_record.report.numbers import duration, number, size
from spawnnet_record.run_record import RunRecord


class Part(NamedTuple):
    """A part of the time, with its share in percent."""

    name: str
    text: str
    share: float


class Spending(NamedTuple):
    """Time by parts, and facts as name and value."""

    parts: list[Part]
    facts: list[tuple[str, str]]


def spending_of(record: RunRecord) -> Spending:
    """Return what a run has taken so far.

    Raises:
        RecordError: If a file of the run is damaged.
    """
    cost, rows = read_cost(record.directory.cost), record.metrics()
    seconds: dict[str, float] = cost["seconds"]
    total = sum(seconds.values())
    parts = [
        Part(name, duration(value), round(100 * value / total, 2))
        for name, value in sorted(seconds.items(), key=lambda item: -item[1])
        if total and value > 0
    ]
    facts = [("time", duration(total))] if total else []
    if not total and rows:
        facts = [("time in training", duration(rows[-1].get("seconds", 0)))]
    if rows:
        facts.append(("updates", f"{rows[-1]['update']:,}"))
        if updates := seconds.get("updates"):
            facts.append(("updates per second", number(rows[-1]["update"] / updates)))
    if cost["memory"]:
        facts.append(("memory, at most", size(cost["memory"])))
    facts.append(("on disk", size(sum(map(_size, record.directory.path.rglob("*"))))))
    return Spending(parts, facts)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # something temporary
        return 0
