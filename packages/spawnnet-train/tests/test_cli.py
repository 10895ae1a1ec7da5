import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import spawnnet_sim
from spawnnet_record.run_record import find_runs
from spawnnet_train.cli import app
from spawnnet_train.config.errors import ConfigError


@pytest.fixture
def settings(tmp_path: Path, simulation: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return {
        "threads": 1,
        "algorithm": {
            "name": "dagger",
            "rounds": 0,
            "warmup_episodes": 1,
            "updates_per_round": 1,
        },
        "simulation": simulation(count=1, image_size=(32, 32), episode_steps=3),
        "encoder": {"name": "impala"},
        "policy": {"name": "mlp", "layers": [8]},
        "train": {"batch_size": 2},
        "evaluation": {"episodes": 1, "new_episodes": 0, "held_out_episodes": 0},
        "output": str(tmp_path),
    }


@pytest.fixture
def file(
    tmp_path: Path,
    settings: dict[str, Any],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> Path:
    return write_config(tmp_path / "cli.yaml", settings)


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_run_and_eval_end_with_success(file: Path, tmp_path: Path) -> None:
    status, _, _ = invoke("run", str(file), "--set", "seed=4")
    assert status == 0
    run = (tmp_path / "cli" / "latest").resolve()
    assert "seed: 4" in (run / "config.yaml").read_text()
    status, _, _ = invoke("eval", str(run), "--checkpoint", "final", "--episodes", "2", "--blind")
    assert status == 0
    summary = (run / "eval" / "final_seed_0_blind" / "summary.csv").read_text()
    assert summary.splitlines()[1].startswith("train,all,0,2")
    status, stdout, _ = invoke("report", str(run))
    assert (status, stdout) == (0, f"{run / 'report.html'}\n")
    status, _, _ = invoke("resume", str(run))
    assert status == 0


def test_check_says_what_a_run_would_lack(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    status, stdout, _ = invoke("check", str(file))
    assert status == 0
    assert "passes every check." in stdout
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    status, stdout, _ = invoke("check", str(file), "--set", "encoder={name: r3m}")
    assert status == 0  # not the file's fault
    assert "but it needs:" in stdout
    assert "encoder.backbone.weights: `r3m_resnet50` are not here" in stdout


def test_what_would_be_built_is_said_and_nothing_is_left(file: Path, tmp_path: Path) -> None:
    status, stdout, _ = invoke("run", str(file), "--dry-run")
    assert status == 0
    assert "parameters" in stdout
    status, stdout, _ = invoke("check", str(file), "--measure", "--set", "encoder.depth=false")
    assert status == 0
    assert " 1 take " in " ".join(stdout.split())  # update
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cli.yaml"]


def test_a_wrong_key_is_answered_before_torch_is_imported(file: Path) -> None:
    file.write_text(file.read_text().replace("threads", "treads"))
    program = (
        "import sys; from typer.testing import CliRunner; from spawnnet_train.cli import app;"
        "result = CliRunner().invoke(app, ['run', sys.argv[1]]);"
        "assert result.exit_code == 2, result.output;"
        "assert 'treads: unknown key, did you mean' in result.stderr, result.stderr;"
        "assert not {'torch', 'numpy', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "heads", "chunk"],
        ["list", "weights", "lite"],
        ["show", "spawnnet"],
        ["show", "dagger", "--json"],
        ["show", "train.optimizer"],
        ["show", "encoder.backbone.weights"],
        ["show", "seed"],
        ["show"],
        ["example"],
        ["--version"],
        ["run", "-h"],
    ],
)
def test_one_finds_ones_way(arguments: list[str]) -> None:
    status, stdout, _ = invoke(*arguments)
    assert status == 0
    assert stdout.strip()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("spawnnet-train exa", ["example"]),
        ("spawnnet-train list en", ["encoders", "engines"]),
        ("spawnnet-train example heads/g", ["heads/gaussian", "heads/gmm"]),
    ],
)
def test_the_shell_completes_commands_and_names(typed: str, completed: list[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    shell = {"_SPAWNNET_TRAIN_COMPLETE": "complete_bash", **words}
    result = CliRunner().invoke(app, [], prog_name="spawnnet-train", env=shell)
    assert result.stdout.split() == completed


def test_what_init_and_example_write_can_be_checked(demonstrations: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    data = str(demonstrations / "train")
    assert invoke("init", data, "-o", str(mine), "--encoder", "impala")[0] == 0
    assert invoke("check", str(mine))[0] == 0
    assert invoke("init", data, "-o", str(mine))[0] == 2
    status, stdout, _ = invoke("example", "heads/gmm", "--to", str(tmp_path))
    assert status == 0
    assert invoke("check", stdout.split()[0])[0] == 0


def test_examples_of_use_stand_line_by_line_in_the_help() -> None:
    lines = [line.strip() for line in invoke("sweep", "--help")[1].splitlines()]
    assert any(line.startswith("spawnnet-train sweep my.yaml --set lr=1e-4") for line in lines)


def test_visualize_and_latency_end_with_success(cloned: Any, dagger: Any) -> None:
    path = str(cloned.run.path)
    status, stdout, _ = invoke("visualize", path, "--checkpoint", "final", "--episodes", "1")
    assert status == 0
    assert "predictions" in stdout
    status, stdout, _ = invoke("latency", str(dagger.run.path), "--steps", "2")
    assert status == 0
    assert "control step, features kept" in stdout


def test_every_problem_is_one_line_and_the_status_is_2(file: Path, tmp_path: Path) -> None:
    status, stdout, stderr = invoke("run", str(file), "--set", "sed=1", "--set", "threads=x")
    assert status == 2
    assert stdout == ""
    assert sorted(stderr.splitlines()) == [
        "Error: sed: unknown key, did you mean 'seed'?",
        "Error: threads: expected a whole number, got 'x'.",
    ]
    assert not (tmp_path / "cli").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "missing.yaml"],
        ["sweep", "missing.yaml", "--set", "seed=1"],
        ["check", "missing.yaml"],
        ["import", "missing"],
        ["eval", "missing"],
        ["resume", "missing"],
        ["visualize", "missing"],
        ["latency", "missing"],
    ],
)
def test_a_missing_file_is_one_line(arguments: list[str]) -> None:
    status, _, stderr = invoke(*arguments)
    assert status == 2
    assert len(stderr.splitlines()) == 1
    assert stderr.startswith("Error: missing")


def test_a_missing_checkpoint_is_one_line(cloned: Any) -> None:
    status, _, stderr = invoke("latency", str(cloned.run.path), "--checkpoint", "fnal")
    assert status == 2
    assert stderr == "Error: checkpoint: 'fnal' is no name of one, there are best, final.\n"


def test_a_checkpoint_is_of_the_run(cloned: Any) -> None:
    status, _, stderr = invoke("latency", str(cloned.run.path), "--checkpoint", "../../x")
    assert status == 2
    assert stderr.startswith("Error: checkpoint: '../../x' is no name of one, there are ")


def test_training_that_diverges_ends_with_a_sentence(cloned: Any, tmp_path: Path) -> None:
    changes = [f"output={tmp_path}", "train.optimizer.lr=1e30"]
    arguments = [argument for change in changes for argument in ("--set", change)]
    status, _, stderr = invoke("run", str(cloned.file), *arguments)
    assert status == 2
    assert len(stderr.splitlines()) == 1
    # A warm-up begins with less than the rate that is set.
    assert re.match(r"Error: update \d: .* is not finite at a learning rate of 4e\+29, .*", stderr)
    assert "No checkpoint was written before. Try a lower train.optimizer.lr" in stderr
    for line in next(tmp_path.rglob("metrics.jsonl")).read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
    (run,) = find_runs(tmp_path)
    assert run.state().name == "failed"
    assert f"Error: {run.state().reason}" == stderr.rstrip("\n")
    assert "is not finite" in run.directory.report.read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_one_line(cloned: Any) -> None:
    status, _, stderr = invoke("run", str(cloned.file), "--set", "output=/dev/null/runs")
    assert status == 1
    assert len(stderr.splitlines()) == 1
    assert "Not a directory; what was written before is whole" in stderr


def test_what_a_library_finds_wrong_while_building_is_one_line(cloned: Any) -> None:
    weights = "encoder.backbone.weights=missing.pt"
    status, _, stderr = invoke("run", str(cloned.file), "--set", weights)
    assert status == 2
    assert len(stderr.splitlines()) == 1
    assert stderr.startswith("Error: encoder.backbone.weights: ")


BROKEN = """
from dataclasses import dataclass

from spawnnet_policies import PolicySpec, register_policy


@dataclass(frozen=True)
class BrokenConfig:
    kind: str = "ValueError"


@register_policy("broken", BrokenConfig)
class Broken:
    def __init__(self, config: BrokenConfig, spec: PolicySpec) -> None:
        raise {"ValueError": ValueError, "RuntimeError": RuntimeError, "OSError": OSError}[
            config.kind
        ]("layers: a bug")
"""


@pytest.mark.parametrize("kind", ["ValueError", "RuntimeError", "OSError"])
def test_a_bug_in_a_constructor_shows_its_traceback(
    cloned: Any, tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    if "broken_heads" not in sys.modules:
        folder = tmp_path_factory.mktemp("broken")
        (folder / "broken_heads.py").write_text(BROKEN)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            __import__("broken_heads")
    policy = f"policy={{name: broken, kind: {kind}}}"
    arguments = ["run", str(cloned.file), "--set", "imports=[broken_heads]", "--set", policy]
    result = CliRunner().invoke(app, arguments)
    assert type(result.exception).__name__ == kind
    assert not isinstance(result.exception, ConfigError)
    assert result.stderr == ""


def test_debug_shows_tracebacks_of_bad_input_too() -> None:
    command = [sys.executable, "-m", "spawnnet_train", "--debug", "run", "missing.yaml"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "Traceback" in found.stderr
    assert "missing.yaml: cannot be read" in found.stderr


def test_the_schema_is_json() -> None:
    status, stdout, _ = invoke("schema")
    assert status == 0
    sections = json.loads(stdout)["properties"]
    assert sections["encoder"]["discriminator"]["propertyName"] == "name"
    status, _, stderr = invoke("schema", "--import", "no_such_module")
    assert status == 2
    assert stderr.startswith("Error: imports[0]: there is no module 'no_such_module'")


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_without_a_traceback_and_says_where_to_look(
    file: Path, tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    # A process started in the background inherits that Ctrl-C is ignored; this one listens.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from spawnnet_train.cli import app; app()"
    )
    settings = ["--set", "algorithm.updates_per_round=100000"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", str(file), *settings],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    _wait_for(lambda: any(f.stat().st_size for f in tmp_path.glob("cli/*/metrics.jsonl")))
    process.send_signal(sent)
    stdout, stderr = process.communicate(timeout=100)
    assert process.returncode == status
    assert "Traceback" not in stderr
    assert "Interrupted" in stdout
    (run,) = find_runs(tmp_path)
    assert (run.directory.checkpoints / "interrupted.safetensors").is_file()
    assert run.state().name == "interrupted"


def test_what_a_simulation_worker_says_comes_without_a_traceback(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise spawnnet_sim.WorkerError("Worker 1 (environments 2 to 3) died (exit code -9).")

    monkeypatch.setattr("spawnnet_train.runs.loading.load_config", fail)
    status, _, stderr = invoke("run", str(file))
    assert status == 1
    assert stderr == "Error: Worker 1 (environments 2 to 3) died (exit code -9).\n"


def _wait_for(condition: Callable[[], bool], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
