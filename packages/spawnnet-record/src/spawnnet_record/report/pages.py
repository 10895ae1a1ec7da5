"""The page of whatever a folder holds: a run or a sweep."""

from __future__ import annotations

from pathlib import Path

from spawnnet_record.report.run_page import write_run_page
from spawnnet_record.report.sweep_page import is_sweep, write_sweep_page
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord


def has_page(folder: Path) -> bool:
    """Return whether a folder holds a run or a sweep."""
    return RunDirectory(folder).config.is_file() or is_sweep(folder)


def write_page(folder: Path) -> Path:
    """Write `report.html` of the run or the sweep in a folder as it stands, and return it.

    Raises:
        RecordError: If there is neither, or a file of it is damaged.
    """
    return write_sweep_page(folder) if is_sweep(folder) else write_run_page(RunRecord.open(folder))
