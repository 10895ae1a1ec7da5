import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spawnnet_train.cli import app

CONFIG = """
experiment: cli
threads: 1
simulation: {num_cabinets: 1, image_size: [32, 32], episode_steps: 3, held_out: {num_cabinets: 1}}
encoder: {name: impala}
policy: {name: mlp, layers: [8]}
train: {rounds: 0, warmup_episodes: 1, updates_per_round: 1, batch_size: 2}
evaluation: {episodes: 1, held_out_episodes: 1}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(CONFIG + f"output: {tmp_path}\n")
    return path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_run_and_eval_end_with_success(file: Path, tmp_path: Path) -> None:
    status, _, _ = invoke("run", str(file), "--set", "seed=4")
    assert status == 0
    (run,) = (tmp_path / "cli").iterdir()
    assert "seed: 4" in (run / "config.yaml").read_text()
    status, _, _ = invoke("eval", str(run), "--checkpoint", "final", "--episodes", "2", "--blind")
    assert status == 0
    summary = (run / "eval" / "final_seed_0_blind" / "summary.csv").read_text()
    assert summary.splitlines()[1].startswith("train,all,0,2")


def test_every_problem_is_one_line_and_the_status_is_2(file: Path, tmp_path: Path) -> None:
    status, stdout, stderr = invoke("run", str(file), "--set", "sed=1", "--set", "threads=x")
    assert status == 2
    assert stdout == ""
    assert sorted(stderr.splitlines()) == [
        "error: sed: unknown key, did you mean 'seed'?",
        "error: threads: expected a whole number, got 'x'.",
    ]
    assert not (tmp_path / "cli").exists()


@pytest.mark.parametrize("arguments", [["run", "missing.yaml"], ["eval", "missing"]])
def test_a_missing_file_is_one_line(arguments: list[str]) -> None:
    status, _, stderr = invoke(*arguments)
    assert status == 2
    assert len(stderr.splitlines()) == 1
    assert stderr.startswith("error: missing")


def test_a_missing_checkpoint_is_one_line(file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    file.rename(run / "config.yaml")
    status, _, stderr = invoke("eval", str(run), "--checkpoint", "final")
    assert status == 2
    assert stderr.startswith(f"error: {run / 'checkpoints' / 'final.json'}: does not exist")


def test_the_schema_is_json() -> None:
    status, stdout, _ = invoke("schema")
    assert status == 0
    assert (
        json.loads(stdout)["$defs"]["RunConfig"]["properties"]["encoder"]["discriminator"][
            "propertyName"
        ]
        == "name"
    )


@pytest.mark.slow
def test_control_c_ends_without_a_traceback_and_says_where_to_look(
    file: Path, tmp_path: Path
) -> None:
    # A process started in the background inherits that Ctrl-C is ignored; this one listens.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from spawnnet_train.cli import app; app()"
    )
    settings = ["--set", "train.updates_per_round=100000"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", str(file), *settings],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    _wait_for(lambda: any(f.stat().st_size for f in tmp_path.glob("cli/*/metrics.jsonl")))
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "Interrupted" in stdout
    assert list(tmp_path.glob("cli/*/checkpoints/interrupted.safetensors"))


def _wait_for(condition: Callable[[], bool], seconds: float = 100) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
