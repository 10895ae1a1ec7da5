import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_trainer import ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.sweeps.sweep import run_sweep
from spawnnet_record.run_record import find_runs

Write = Callable[[Path, Mapping[str, Any]], Path]


@pytest.fixture
def file(tmp_path: Path, write_config: Write) -> Path:
    return write_config(tmp_path / "toy.yaml", {"output": str(tmp_path / "runs")})


def test_every_combination_runs_once_and_is_compared(
    program: ToyTrainer, file: Path, screen: Any
) -> None:
    header, rows = run_sweep(program, file, ["lr=0.1,0.2"], jobs=2, screen=screen).runs()
    assert header == ["train.lr", "success/held_out", "success/train", "train/loss"]
    # Each of the three updates multiplies the value by 1 - 2 lr.
    assert [float(row[-1]) for row in rows] == pytest.approx([0.8**6, 0.6**6], rel=1e-4)
    assert ("train.lr=0.1", "started") in screen.said
    assert ("train.lr=0.2", "finished, 3 updates, loss 0.04666") in screen.said
    folder = file.parent / "runs/toy/sweep"
    for name in ("sweep.csv", "sweep_settings.csv", "sweep.png", "report.html"):
        assert (folder / name).is_file()
    again = run_sweep(program, file, ["lr=0.2,0.3"], screen=screen)
    assert ("train.lr=0.2", "was finished") in screen.said
    assert again.runs()[1][0][1:] == rows[1][1:]
    places = [path for path in folder.iterdir() if path.is_dir()]
    assert [sum(run.is_finished for run in find_runs(place)) for place in places] == [1, 1, 1]


def test_a_setting_with_one_value_holds_for_all_runs_and_names_none(
    program: ToyTrainer, file: Path, screen: Any
) -> None:
    output = file.parent / "elsewhere"
    grid = ["lr=0.1,0.2", "train.updates=2", f"output={output}"]
    header, rows = run_sweep(program, file, grid, screen=screen).runs()
    assert (header[0], [row[0] for row in rows]) == ("train.lr", ["0.1", "0.2"])
    assert [float(row[-1]) for row in rows] == pytest.approx([0.8**4, 0.6**4], rel=1e-4)
    assert (output / "toy/sweep/report.html").is_file()
    assert not (file.parent / "runs").exists()


def test_a_combination_that_failed_has_no_numbers_and_is_gone_on_with(
    program: ToyTrainer, file: Path, screen: Any
) -> None:
    comparison = run_sweep(program, file, ["fails=true,false"], screen=screen)
    assert comparison.runs()[1][0] == ["true", "", "", ""]
    assert comparison.num_failed == 1
    (said,) = [text for title, text in screen.said if text.startswith("failed")]
    log = Path(said.removeprefix("failed, see "))
    assert "It was asked to fail." in log.read_text("utf-8")
    again = run_sweep(program, file, ["fails=true"], screen=screen)
    assert float(again.runs()[1][0][-1]) == pytest.approx(0.8**6, rel=1e-4)
    (run,) = find_runs(log.parent)
    assert [row["update"] for row in run.metrics()] == [1, 2, 3]
    assert ("the only run", "started") in screen.said


def test_an_interrupted_sweep_says_so_and_goes_on_later(
    program: ToyTrainer, file: Path, screen: Any
) -> None:
    def interrupt() -> None:
        while not any("update" in text for _, text in screen.said):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    # In the background of a shell, Ctrl-C is ignored at first.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_sweep(program, file, ["lr=0.1,0.2", "train.pause=2"], screen=screen)
    finally:
        signal.signal(signal.SIGINT, before)
    last = dict(screen.said)
    assert last["train.lr=0.1"] == "stopped, the same command goes on with it"
    assert "train.lr=0.2" not in last
    rows = run_sweep(program, file, ["lr=0.1", "train.pause=2"], screen=screen).runs()[1]
    assert float(rows[0][-1]) == pytest.approx(0.8**6, rel=1e-4)
    places = [path for path in (file.parent / "runs/toy/sweep").iterdir() if path.is_dir()]
    assert [len(find_runs(place)) for place in places] == [1]


def test_whatever_ends_a_sweep_ends_the_runs_that_go_on_and_starts_no_more(
    program: ToyTrainer, file: Path, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(title: str, text: str) -> None:
        if text.startswith("finished"):
            raise OSError("No space left on device")

    monkeypatch.setattr(screen, "_say", full)
    with pytest.raises(OSError, match="No space left"):
        run_sweep(program, file, ["lr=0.1,0.2,0.3,0.4", "train.pause=0.5"], screen=screen)
    places = [path for path in (file.parent / "runs/toy/sweep").iterdir() if path.is_dir()]
    runs = [run for place in places for run in find_runs(place)]
    assert sum(run.is_finished for run in runs) == 1
    assert len(runs) < 4


def test_nothing_starts_when_one_combination_cannot_be_run(
    program: ToyTrainer, file: Path, screen: Any
) -> None:
    with pytest.raises(ConfigError, match="speed: unknown key"):
        run_sweep(program, file, ["seed=0,1", "speed=1"], screen=screen)
    assert not screen.said
    assert not (file.parent / "runs").exists()
