import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from spawnnet_record.cli import main
from spawnnet_record.errors import RecordError
from spawnnet_record.files import write_csv
from spawnnet_record.report.pages import write_page
from spawnnet_record.report.run_page import what_runs
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord


def browser() -> ModuleType:
    spec = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("width", [1200, 400])
def test_a_browser_shows_all_of_a_run_and_asks_nobody(
    make_run: Callable[..., RunDirectory], width: int
) -> None:
    found = browser().look(write_page(make_run().path), width=width)
    assert found["console"] == found["failures"] == found["links"] == []
    assert found["images"] == [32]
    assert found["videos"] == [16, 16]
    assert found["width"] <= found["window"]


def test_the_page_of_a_run_says_what_ran_and_what_came_of_it(
    make_run: Callable[..., RunDirectory],
) -> None:
    run = make_run()
    page = write_page(run.path)
    assert page == run.report
    text = page.read_text("utf-8")
    for words in (
        "dagger, open_drawer, spawnnet over test_vit, mlp",
        "finished",
        "75 %, 3 of 4",
        "handle offset error, cm",
        "7.25",
        "encoder.width",
        "1 of 2 succeed",
        "left, wrist",
        "drawer/01 stays shut",
        "Step 21",
        "x, mean error 0.5",
        "updates per second",
        "torch 2.14",
        "success of the student alone",
    ):
        assert words in text, words
    assert "&lt;b&gt;odd" in text
    assert "<b>odd" not in text


def test_the_page_of_a_failed_run_says_why(make_run: Callable[..., RunDirectory]) -> None:
    text = write_page(make_run(ValueError).path).read_text("utf-8")
    assert "update 7: the loss is not finite." in text
    assert "Traceback" in text


def test_a_run_that_has_just_begun_has_a_page(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "drawer", "seed: 3\n", {})
    assert "lost" in write_page(run.path).read_text("utf-8")


def test_what_is_not_named_is_left_out() -> None:
    assert what_runs({"algorithm": {"name": "bc"}, "encoder": {"name": "impala"}}) == "bc, impala"
    assert what_runs({"simulation": None, "policy": "x"}) == ""


def write_sweep(folder: Path, make_run: Callable[..., RunDirectory]) -> list[RunDirectory]:
    runs = [make_run(), make_run(ValueError)]
    for place, run in zip(("1a", "2b"), runs, strict=True):
        target = folder / place / "drawer" / run.path.name
        target.parent.mkdir(parents=True)
        run.path.rename(target)
        write_page(target)
    (folder / "3c").mkdir()
    header = "encoder.width,metric,seeds,mean,low,high,pooled,pooled_low,pooled_high"
    rows = [
        [8, "success/new", 2, 0.75, 0.2, 1.3, "15/20", 0.53, 0.89],
        [8, "train/loss", 2, 0.02, 0.01, 0.03, "", "", ""],
        [16, "success/new", 1, 0.9, "", "", "9/10", 0.6, 0.98],
    ]
    write_csv(folder / "sweep_settings.csv", header.split(","), rows)
    runs_header = ["encoder.width", "seed", "success/new", "train/loss"]
    write_csv(
        folder / "sweep.csv", runs_header, [[8, 0, 0.7, 0.02], [8, 1, 0.8, 0.02], [16, 0, 0.9, ""]]
    )
    return runs


def test_the_page_of_a_sweep_shows_settings_over_seeds_and_every_run(
    tmp_path: Path, make_run: Callable[..., RunDirectory]
) -> None:
    folder = tmp_path / "drawer" / "sweep"
    write_sweep(folder, make_run)
    page = write_page(folder)
    text = page.read_text("utf-8")
    for words in (
        "drawer, a sweep",
        "width 8",
        "75 %, 15/20",
        "left: 70.0%",  # a seed
        "left: 53.0%; width: 36.0%",  # the pooled interval
        "0.02 (0.01 to 0.03)",
        "encoder.width 16, seed 3",
        "update 7: the loss is not finite.",
        "see 3c/log.txt",
    ):
        assert words in text, words
    found = browser().look(page, width=400)
    assert found["console"] == found["failures"] == []
    assert found["width"] <= found["window"]


def test_the_command_writes_the_page_and_refuses_other_folders(
    make_run: Callable[..., RunDirectory],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = make_run()
    assert main(["report", str(run.path)]) == 0
    assert capsys.readouterr().out == f"{run.report}\n"
    assert main(["report", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"Error: {tmp_path}: no run directory")


def test_damaged_files_are_one_sentence(make_run: Callable[..., RunDirectory]) -> None:
    run = make_run()
    for file in (run.changed, run.cost, run.videos / "final_train.json", run.versions):
        content = file.read_text()
        file.write_text("[")
        with pytest.raises(RecordError, match=f"{file.name}: is damaged"):
            write_page(run.path)
        file.write_text(content)
    for file in (run.evaluation / "summary.csv", run.evaluated):
        content = file.read_text()
        file.write_text(content.replace("0.75", "x"))
        with pytest.raises(RecordError, match=": is damaged, "):
            write_page(run.path)
        file.write_text(content)
    assert RunRecord(run).changed_settings()["encoder.width"] == {"value": 16, "default": 64}
