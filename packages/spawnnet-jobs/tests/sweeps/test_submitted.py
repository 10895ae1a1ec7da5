"""Sweeps that are submitted where `sbatch` takes everything and no queue answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_trainer import ToyTrainer

from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.status import find_all_runs
from spawnnet_jobs.sweeps.submitted import submit_sweep
from spawnnet_record.files import write_json

SBATCH = f"#!{sys.executable}\nprint(12)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, beside which there is no more than `sbatch`."""
    pytest.importorskip("submitit", reason="the extra `slurm` is not installed")
    programs, folder = tmp_path / "programs", tmp_path / "work"
    programs.mkdir()
    folder.mkdir()
    (programs / "sbatch").write_text(SBATCH, "utf-8")
    (programs / "sbatch").chmod(0o755)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("output", ["runs", "../work/runs", "{parent}/work/runs", "{parent}/link"])
def test_what_waits_is_not_submitted_again_however_the_output_is_written(
    folder: Path, write_config: Callable[[Path, Mapping[str, Any]], Path], output: str
) -> None:
    settings = {"output": output.format(parent=folder.parent)}
    file = write_config(folder / "toy.yaml", settings)
    program, grid = ToyTrainer(), ["lr=0.1,0.2", "seed=0,1"]
    assert submit_sweep(program, file, grid).submitted == 4
    assert submit_sweep(program, file, grid).job is None
    first = SubmittedRun(next(find_all_runs(folder)).directory)
    write_json(first.jobs_file, {"jobs": {}})  # as if it had never been submitted
    assert submit_sweep(program, file, grid).submitted == 1
