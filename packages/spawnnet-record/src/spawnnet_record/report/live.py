"""A report that is written again and again while its run goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from spawnnet_record.report.run_page import write_run_page
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_record.run_state import state_of

_LOG = logging.getLogger(__name__)
_PAUSE = 15.0
"""Seconds from one report to the next, at least."""
_SHARE = 0.01
"""Of the time of a run that reports may take, but for the first and the last."""


@final
class LiveReport:
    """Writes the report of a run at times that cost the run little."""

    def __init__(self, run: RunDirectory) -> None:
        self._record = RunRecord(run)
        self._next = time.monotonic()

    def refresh(self) -> None:
        """Write the report if it is time."""
        if time.monotonic() >= self._next:
            self.write()

    def write(self) -> None:
        """Write the report; a problem with it is logged, and the run goes on."""
        start = time.monotonic()
        try:
            write_run_page(self._record)
        except Exception:  # whatever it is, hours of training are worth more
            _LOG.exception("%s cannot be written", self._record.directory.report)
        end = time.monotonic()
        self._next = end + max(_PAUSE, (end - start) / _SHARE)


@contextmanager
def recorded(run: RunDirectory) -> Iterator[None]:
    """Keep the state of a run on disk as long as it goes on; report of it when it has ended."""
    try:
        with state_of(run):
            yield
    finally:
        LiveReport(run).write()
