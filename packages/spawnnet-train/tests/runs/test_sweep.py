from pathlib import Path

import pytest

from spawnnet_train.runs.sweep import run_sweep


@pytest.mark.slow
def test_a_sweep_runs_the_grid_once_and_compares(cloned_folder: Path) -> None:
    grid = ["lr=1e-4,1e-3", "seed=0"]
    output = cloned_folder / "swept"
    file = cloned_folder / "sweep.yaml"
    file.write_text(f"extends: run.yaml\noutput: {output}\n")
    header, *rows = run_sweep(file, grid, jobs=2)
    assert header[:2] == ["train.optimizer.lr", "seed"]
    assert "val/mse_L1" in header
    assert [row[:2] for row in rows] == [["0.0001", "0"], ["0.001", "0"]]
    assert all(row[header.index("val/mse_L1")] for row in rows)
    finished = sorted(output.rglob("result.json"))
    assert run_sweep(file, grid) == [header, *rows]
    assert sorted(output.rglob("result.json")) == finished
