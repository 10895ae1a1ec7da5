import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spawnnet_jobs.studies.study import report_study, run_study
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.runs.program import Trainer

Write = Callable[[Path, Mapping[str, Any]], Path]
AXES = {
    "seed": {"1": {"seed": 1}},
    "method": {
        "frozen": {},
        "scratch": {"encoder": {"name": "impala", "width": 4}},
    },
}


@pytest.fixture
def folder(dagger: Any, tmp_path: Path, write_config: Write) -> Path:
    """Two methods of one task and one seed, which share their images."""
    episodes = str(tmp_path / "results" / "episodes")
    settings = {
        "extends": str(dagger.file),
        "output": str(tmp_path / "results"),
        "algorithm": {"rounds": 0, "warmup_folder": episodes},
        "student": {"privileged_targets": {"names": ["handle_offset"]}},
        "evaluation": {"episodes": 2, "new_episodes": 1, "every": None},
    }
    write_config(tmp_path / "plans" / "base.yaml", settings)
    plan = {"title": "Two methods", "base": "base.yaml", "axes": AXES}
    return write_config(tmp_path / "plans" / "methods.yaml", plan).parent


@pytest.mark.slow
def test_a_study_runs_every_cell_once_and_reports(
    folder: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run_study(Trainer(), folder, screen=quiet)
    text = report.read_text("utf-8")
    assert "| frozen | 0/2" in text
    assert "| scratch | 0/2" in text
    assert "probe" in text
    assert "All cells have run." in text
    assert (report.parent / "methods.png").is_file()
    page = report_study(Trainer(), folder)
    assert page == report.parent / "report.html"
    assert "held out: success" in page.read_text("utf-8")
    assert len(list((report.parent / "episodes").glob("*/rollout_0000.npz"))) == 1
    with (report.parent / "cells.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == 2 * ["train", "new", "held_out"]
    assert all(float(row["cpu_seconds"]) > 0 for row in rows)
    assert all(float(row["handle_offset_error_cm"]) > 0 for row in rows)
    monkeypatch.setattr("subprocess.Popen", None)  # nothing is left to be started
    assert run_study(Trainer(), folder, screen=quiet).read_text("utf-8") == text
