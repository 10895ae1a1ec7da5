import logging
import time
from contextlib import suppress
from pathlib import Path

import pytest

from spawnnet_record.report.live import LiveReport, recorded
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "drawer", "seed: 3\n", {})


def test_reports_keep_their_distance_in_time(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = LiveReport(run)
    for seconds, is_written in ((100.0, True), (110.0, False), (116.0, True)):
        now[0] = seconds
        report.refresh()
        assert run.report.is_file() == is_written
        run.report.unlink(missing_ok=True)


def test_a_report_that_cannot_be_written_does_not_end_the_run(
    run: RunDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    run.changed.write_text("[")
    with caplog.at_level(logging.ERROR):
        LiveReport(run).write()
    assert "report.html cannot be written" in caplog.text


def test_the_last_report_knows_how_the_run_ended(run: RunDirectory) -> None:
    with running(run), suppress(KeyboardInterrupt), recorded(run):
        LiveReport(run).write()
        assert 'class="state running"' in run.report.read_text()
        raise KeyboardInterrupt
    assert 'class="state interrupted"' in run.report.read_text()
