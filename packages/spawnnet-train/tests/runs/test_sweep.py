from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spawnnet_jobs.sweeps import sweep
from spawnnet_jobs.sweeps.sweep import run_sweep
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.program import Trainer


@pytest.mark.slow
def test_a_sweep_runs_the_grid_once_and_compares(
    cloned: Any,
    tmp_path: Path,
    quiet: Console,
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> None:
    sweep = {"algorithm.epochs": [1, 2]}
    settings = {"extends": str(cloned.file), "output": str(tmp_path / "swept"), "sweep": sweep}
    file = write_config(tmp_path / "sweep.yaml", settings)
    comparison = run_sweep(Trainer(), file, ["seed=0"], jobs=2, screen=quiet)
    header, rows = comparison.runs()
    assert header[0] == "algorithm.epochs"  # the seed is the same for all
    assert {"val/mse_L1", "train/loss"} <= set(header)
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(row[header.index("val/mse_L1")] for row in rows)
    assert rows[0][1:] != rows[1][1:]
    results = sorted((tmp_path / "swept").rglob("result.json"))
    # What the grid is beside it changes no combination that is finished.
    assert (
        run_sweep(Trainer(), file, ["seed=0", "epochs=2,1"], screen=quiet).runs()[1] == rows[::-1]
    )
    assert sorted((tmp_path / "swept").rglob("result.json")) == results
    folder = tmp_path / "swept" / "sweep" / "sweep"
    for name in ("sweep.csv", "sweep_settings.csv", "sweep.png", "report.html"):
        assert (folder / name).is_file()


@pytest.mark.parametrize(
    ("grid", "problem"),
    [
        ([], "sweep: no grid of settings"),
        (["seed"], "--set seed: expected path=value,value"),
        (["name=a,b"], "--set name=a,b: could be "),
        (["sed=1,2"], "sed: unknown key, did you mean 'seed'?"),
        (["batch_size=4,x"], "train.batch_size: expected a whole number, got 'x'."),
    ],
)
def test_a_grid_that_cannot_run_is_one_sentence_and_nothing_is_started(
    cloned: Any,
    quiet: Console,
    grid: list[str],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[object] = []
    monkeypatch.setattr(sweep, "_run", lambda *arguments: started.append(arguments))
    with pytest.raises(ConfigError) as error:
        run_sweep(Trainer(), cloned.file, grid, screen=quiet)
    assert str(error.value).startswith(problem)
    assert not started
