import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_trainer import ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.studies.study import report_study, run_study
from spawnnet_record.run_record import find_runs

Write = Callable[[Path, Mapping[str, Any]], Path]
AXES = {
    "seed": {"1": {"seed": 1}, "2": {"seed": 2}},
    "method": {"slow": {}, "fast": {"train": {"lr": 0.4}}},
}


@pytest.fixture
def folder(tmp_path: Path, write_config: Write) -> Path:
    """Two methods with two seeds each."""
    write_config(tmp_path / "plans/base.yaml", {"output": str(tmp_path / "results")})
    plan = {"title": "Two methods", "base": "base.yaml", "axes": AXES}
    return write_config(tmp_path / "plans/methods.yaml", plan).parent


def test_every_cell_runs_once_and_seeds_are_reported_together(
    program: ToyTrainer, folder: Path, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run_study(program, folder, jobs=2, screen=screen)
    text = report.read_text("utf-8")
    assert "| slow | 15/20, 75% (53% to 89%); 70%, 80% | 11/20" in text
    assert "All cells have run." in text
    assert (report.parent / "methods.png").is_file()
    assert [row["outcome"] for row in screen.rows] == 4 * ["done"]
    with (report.parent / "cells.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == 4 * ["train", "held_out"]
    assert all(float(row["cpu_seconds"]) > 0 for row in rows)
    page = report_study(program, folder)
    assert "held out: success" in page.read_text("utf-8")
    monkeypatch.setattr("subprocess.Popen", None)  # nothing is left to be started
    assert run_study(program, folder, screen=screen.__class__()).read_text("utf-8") == text


def test_some_cells_run_alone_and_the_others_are_named(
    program: ToyTrainer, folder: Path, screen: Any
) -> None:
    report = run_study(program, folder, ["method=fast", "seed=2", "plan=methods"], screen=screen)
    assert [row["cell"] for row in screen.rows] == ["2, fast"]
    assert "Not run: 1, slow; 1, fast; 2, slow." in report.read_text("utf-8")


def test_a_cell_that_failed_is_an_error_at_the_end_and_is_resumed_next_time(
    program: ToyTrainer, folder: Path, screen: Any, write_config: Write
) -> None:
    plan = {"title": "Failing", "base": "base.yaml"}
    write_config(folder / "methods.yaml", {**plan, "axes": {"fails": {"yes": {"fails": True}}}})
    with pytest.raises(ConfigError, match=r"^yes: failed, see .*log\.txt\.$"):
        run_study(program, folder, screen=screen)
    run_study(program, folder, screen=screen.__class__())
    (cell,) = (folder.parent / "results/cells").iterdir()
    (run,) = find_runs(cell)
    assert run.is_finished


def test_a_cell_without_a_split_leaves_its_place_in_the_table_empty(
    program: ToyTrainer, folder: Path, screen: Any, write_config: Write
) -> None:
    axes = {"where": {"both": {}, "one": {"splits": ["held_out"]}}}
    write_config(folder / "methods.yaml", {"title": "Splits", "base": "base.yaml", "axes": axes})
    text = run_study(program, folder, screen=screen).read_text("utf-8")
    both, one = "6/10, 60% (31% to 83%)", "4/10, 40% (17% to 69%)"
    assert f"| both | {both} | {one} |  |  | no |" in text
    assert f"| one |  | {one} |  |  | no |" in text


def test_a_plan_of_seeds_alone_is_reported_by_its_title(
    program: ToyTrainer, folder: Path, screen: Any, write_config: Write
) -> None:
    plan = {"title": "Two seeds", "base": "base.yaml", "axes": {"seed": AXES["seed"]}}
    write_config(folder / "methods.yaml", plan)
    report = run_study(program, folder, screen=screen)
    assert "| Two seeds | 15/20, 75% (53% to 89%); 70%, 80% |" in report.read_text("utf-8")
    assert "Two seeds" in report_study(program, folder).read_text("utf-8")


def test_whatever_ends_a_study_ends_the_cells_that_run_and_starts_no_more(
    program: ToyTrainer, folder: Path, screen: Any, write_config: Write, monkeypatch: Any
) -> None:
    axes = {"pause": {f"{n}": {"train": {"lr": n / 10, "pause": 0.5}} for n in range(1, 5)}}
    write_config(folder / "methods.yaml", {"title": "Slow", "base": "base.yaml", "axes": axes})

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(screen, "row", full)
    with pytest.raises(OSError, match="No space left"):
        run_study(program, folder, screen=screen)
    runs = [run for cell in (folder.parent / "results/cells").iterdir() for run in find_runs(cell)]
    assert sum(run.is_finished for run in runs) == 1
    assert len(runs) < 4


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("method", "--where method: expected axis=value,value"),
        ("method=other", "--where method=other: is unknown, there is slow, fast."),
        ("task=drawer", "--where task=drawer: is unknown, there is no such axis."),
    ],
)
def test_what_no_plan_has_is_one_sentence(
    program: ToyTrainer, folder: Path, screen: Any, where: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as error:
        run_study(program, folder, [where], screen=screen)
    assert str(error.value).startswith(problem)
