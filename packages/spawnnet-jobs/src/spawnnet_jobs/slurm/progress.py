"""Whether a run that is stopped again and again comes any further."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spawnnet_record.files import read_json, reading
from spawnnet_record.run_directory import RunDirectory

MOST_STOPS = 5
"""Stops in a row without progress after which a run is not begun again."""


def updates_kept(run: RunDirectory) -> int:
    """Return the updates of the checkpoint that has seen most."""
    return max(map(_updates, run.checkpoints.glob("*.json")), default=0)


def _updates(file: Path) -> int:
    with reading(file):
        return int(read_json(file).get("updates", 0))


def stops_without_progress(attempts: Sequence[int], updates: int) -> int:
    """Return how many of the last attempts began with the updates that there are now.

    Args:
        attempts: Updates at the beginning of each attempt.
        updates: Those that there are now.
    """
    began_later = [index for index, begun in enumerate(attempts) if begun != updates]
    return len(attempts) - (began_later[-1] + 1 if began_later else 0)
