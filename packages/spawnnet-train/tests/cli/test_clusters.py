"""Commands for clusters, where there is none."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spawnnet_train.cli import app


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_without_slurm_the_local_way_is_named(cloned: Any) -> None:
    status, _, stderr = invoke("submit", cloned.file, "--slurm", "partition=main")
    assert (status, stderr.splitlines()) == (
        2,
        [
            "Error: sbatch: is not installed on this machine, so nothing can be submitted to "
            f"SLURM; `spawnnet-train run {cloned.file}` runs here."
        ],
    )
    status, _, stderr = invoke("sweep", cloned.file, "--set", "seed=0,1", "--parallel", "2")
    assert status == 2
    assert "`spawnnet-train sweep ... --jobs 1` runs here" in stderr


def test_collecting_submits_nothing(cloned: Any, tmp_path: Path) -> None:
    output = ["--set", f"output={tmp_path / 'runs'}", "--set", "seed=0,1"]
    status, stdout, _ = invoke("sweep", cloned.file, *output, "--parallel", "2", "--collect")
    assert status == 0
    assert "over seeds" in stdout
    written = {path.name for path in (tmp_path / "runs").rglob("*") if path.is_file()}
    assert not written & {"config.yaml", "slurm.json", "metrics.jsonl"}


@pytest.mark.parametrize("chunk", ["5/4", "0/2", "1/0", "-1/2", "1", "1/2/3", "a/b", "1/9999999"])
def test_what_is_no_chunk_is_one_sentence(cloned: Any, chunk: str) -> None:
    status, _, stderr = invoke("eval", cloned.run.path, f"--chunk={chunk}")
    assert status == 2
    assert stderr.startswith(f"Error: --chunk {chunk}: expected a part and the number of parts")


def test_chunks_are_made_or_merged(cloned: Any) -> None:
    status, _, stderr = invoke("eval", cloned.run.path, "--chunk", "1/2", "--merge")
    assert status == 2
    assert "give it alone" in stderr
    status, _, stderr = invoke("eval", cloned.run.path, "--merge", "--checkpoint", "nosuch")
    assert status == 2
    assert "give it alone" in stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--slurm", "cpus=few"], "slurm.cpus: expected a whole number, got 'few'."),
        (["--slurm", "main"], "--slurm main: expected a list such as partition=main,"),
        (["--set", "slurm.cpu=4"], "slurm.cpu: unknown key, did you mean 'cpus'?"),
        (["--eval-chunks", "2"], "simulation: is required, to know where to evaluate"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(
    cloned: Any, arguments: list[str], problem: str
) -> None:
    status, _, stderr = invoke("submit", cloned.file, "--dry-run", *arguments)
    assert status == 2
    assert stderr.startswith(f"Error: {problem}")


def test_a_dry_run_prints_the_scripts_and_makes_nothing(dagger: Any, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    output = tmp_path / "runs"
    asked = ["--set", f"output={output}", "--set", "slurm={mem: 48G}", "--slurm", "gres=gpu:1"]
    status, stdout, _ = invoke("submit", dagger.file, "--dry-run", "--eval-chunks", "3", *asked)
    assert status == 0
    train, evaluate, merge = stdout.split("#!/bin/bash")[1:]
    assert {"#SBATCH --gres=gpu:1", "#SBATCH --mem=48G"} <= set(train.splitlines())
    assert train.rstrip().endswith("-m spawnnet_train resume")
    assert '--chunk "$((SLURM_ARRAY_TASK_ID + 1))/3"' in evaluate
    assert merge.rstrip().endswith("--merge")
    assert not output.exists()


@pytest.mark.parametrize("chunk", ["5/4", "0/4", "4"])
def test_a_chunk_that_does_not_exist_is_refused(dagger: Any, chunk: str) -> None:
    status, _, stderr = invoke("eval", dagger.run.path, "--chunk", chunk)
    assert status == 2
    assert stderr.startswith(f"Error: --chunk {chunk}: expected a part and the number of parts")


def test_the_status_of_runs_is_a_table(dagger: Any) -> None:
    status, stdout, _ = invoke("status", dagger.run.path, "--json")
    assert status == 0
    assert '"state": "finished"' in stdout
    assert "train " in stdout
    status, _, stderr = invoke("status", "nowhere")
    assert (status, stderr) == (2, "Error: nowhere: there is no such folder.\n")
