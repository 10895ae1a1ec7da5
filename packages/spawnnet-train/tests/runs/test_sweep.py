from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs import sweep
from spawnnet_train.runs.sweep import run_sweep


@pytest.mark.slow
def test_a_sweep_runs_the_grid_once_and_compares(
    cloned: Any, tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    settings = {"extends": str(cloned.file), "output": str(tmp_path / "swept")}
    file = write_config(tmp_path / "sweep.yaml", settings)
    grid = ["epochs=1,2", "seed=0"]
    header, *rows = run_sweep(file, grid, jobs=2)
    assert header[:2] == ["algorithm.epochs", "seed"]
    assert {"val/mse_L1", "train/loss"} <= set(header)
    assert [row[:2] for row in rows] == [["1", "0"], ["2", "0"]]
    assert all(row[header.index("val/mse_L1")] for row in rows)
    assert rows[0][2:] != rows[1][2:]
    results = sorted((tmp_path / "swept").rglob("result.json"))
    assert run_sweep(file, grid) == [header, *rows]
    assert sorted((tmp_path / "swept").rglob("result.json")) == results
    assert (tmp_path / "swept" / "sweep" / "sweep" / "sweep.csv").is_file()


@pytest.mark.parametrize(
    ("grid", "problem"),
    [
        (["seed"], "--set seed: expected path=value,value"),
        (["name=a,b"], "--set name=a,b: could be "),
        (["sed=1,2"], "sed: unknown key, did you mean 'seed'?"),
        (["batch_size=4,x"], "train.batch_size: expected a whole number, got 'x'."),
    ],
)
def test_a_grid_that_cannot_run_is_one_sentence_and_nothing_is_started(
    cloned: Any, tmp_path: Path, grid: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(sweep, "_run", lambda *arguments: started.append(arguments))
    with pytest.raises(ConfigError) as error:
        run_sweep(cloned.file, grid)
    assert str(error.value).startswith(problem)
    assert not started


def test_a_combination_that_failed_has_no_numbers(
    cloned: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> None:
    monkeypatch.setattr(sweep, "_run", lambda *arguments: None)
    settings = {"extends": str(cloned.file), "output": str(tmp_path)}
    file = write_config(tmp_path / "sweep.yaml", settings)
    assert run_sweep(file, ["lr=1e-4,1e-3"]) == [["train.optimizer.lr"], ["0.0001"], ["0.001"]]
