"""Runs found again by what decides them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spawnnet_config.validation import dump_yaml
from spawnnet_record.run_record import RunRecord, find_runs


def identity(settings: Mapping[str, Any]) -> str:
    """Return a name that no other settings have."""
    return hashlib.sha256(dump_yaml(settings).encode()).hexdigest()[:12]


def finished_run(place: Path) -> RunRecord | None:
    """Return the last finished run below `place`; None if none is finished."""
    finished = [run for run in find_runs(place) if run.is_finished]
    return finished[-1] if finished else None
