"""End to end in MuJoCo: a very small run, its evaluation again, and runs that were stopped."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import pytest
import torch
from PIL import Image
from rich.console import Console as RichConsole

from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.learner import Update
from spawnnet_train.record.console import Console
from spawnnet_train.record.metrics import read_metrics
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.launch import launch, resume
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.reevaluation import evaluate_run
from spawnnet_train.runs.training import train

CONFIG = """
experiment: tiny
seed: 3
threads: 1
simulation:
  num_cabinets: 2
  image_size: [32, 48]
  episode_steps: 5
  held_out: {num_cabinets: 1}
encoder:
  name: spawnnet
  backbone: {model: test_vit, weights: random, layers: [1, 3, 5]}
  width: 8
policy: {name: mlp, layers: [16]}
student: {num_frames: 2, action_horizon: 3, execution_horizon: 2}
train:
  rounds: 2
  warmup_episodes: 2
  episodes_per_round: 2
  updates_per_round: 3
  batch_size: 4
  ema_decay: 0.9
evaluation: {episodes: 3, held_out_episodes: 1, every: 1}
"""


def quiet() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(RichConsole(file=text, width=100)), text


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, str]:
    folder = tmp_path_factory.mktemp("runs")
    file = folder / "tiny.yaml"
    file.write_text(CONFIG)
    console, text = quiet()
    return launch(load_config(file, [f"output={folder}"]), console), text.getvalue()


def rows(file: Path) -> list[dict[str, str]]:
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_a_run_leaves_everything_to_understand_it(finished: tuple[RunDirectory, str]) -> None:
    run, _ = finished
    names = {path.name for path in run.path.iterdir()}
    assert names == {
        "config.yaml",
        "versions.json",
        "metrics.jsonl",
        "tensorboard",
        "checkpoints",
        "training_state.safetensors",
        "result.json",
        "videos",
        "attention",
        "eval",
    }
    metrics = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [m["round/index"] for m in metrics if "round/index" in m] == [0, 1, 2]
    assert metrics[-1]["update"] == 9
    assert len(rows(run.evaluation / "episodes.csv")) == 4
    rates = [
        (r["split"], r["cabinet"], r["episodes"]) for r in rows(run.evaluation / "summary.csv")
    ]
    assert rates == [
        ("train", "all", "3"),
        ("train", "drawer-train-v1/00", "2"),
        ("train", "drawer-train-v1/01", "1"),
        ("held_out", "all", "1"),
        ("held_out", "drawer-held-out-v1/00", "1"),
    ]


def test_pictures_and_videos_are_there(finished: tuple[RunDirectory, str]) -> None:
    run, _ = finished
    stems = {f"{r}_{split}" for r in ("round_000", "final") for split in ("train", "held_out")}
    assert stems <= {path.stem for path in run.videos.glob("*.mp4")}
    assert stems <= {path.stem for path in run.attention.glob("*.png")}
    assert iio.improps(run.videos / "final_train.mp4", plugin="FFMPEG").shape[1:] == (400, 586, 3)
    with Image.open(run.attention / "final_train.png") as image:
        assert image.width == 4 * (4 * 48 + 4)  # the camera and three adapters


def test_the_console_says_what_runs_and_where_to_look(finished: tuple[RunDirectory, str]) -> None:
    run, text = finished
    for word in ("open_drawer", "spawnnet over test_vit", "trained", "frozen", "cpu, 1 threads"):
        assert word in text
    assert "has random weights" in text
    assert "warm-up" in text
    assert str(run.videos) in text
    assert f"spawnnet-train eval {run.path}" in text


def test_the_configuration_that_ran_is_complete_and_runs_again(
    finished: tuple[RunDirectory, str],
) -> None:
    run, _ = finished
    config = load_config(run.config)
    assert config.device == str(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    assert config.simulation.renderer != "auto"
    assert config.threads == 1


def test_evaluating_again_gives_the_same_numbers(finished: tuple[RunDirectory, str]) -> None:
    run, _ = finished
    folder = evaluate_run(run.path, quiet()[0])
    for file in ("episodes.csv", "summary.csv"):
        assert (folder / file).read_text() == (run.evaluation / file).read_text()
    assert folder != run.evaluation


def test_another_checkpoint_seed_or_covered_cameras_change_them(
    finished: tuple[RunDirectory, str],
) -> None:
    run, _ = finished
    final = [row["opened"] + row["seed"] for row in rows(run.evaluation / "episodes.csv")]
    blind = evaluate_run(run.path, quiet()[0], checkpoint="final", is_blind=True)
    other = evaluate_run(run.path, quiet()[0], overrides=["evaluation.seed=1"])
    early = evaluate_run(
        run.path,
        quiet()[0],
        checkpoint="round_000",
        overrides=["evaluation.episodes=2", "evaluation.held_out_episodes=0"],
    )
    assert len({run.evaluation, blind, other, early}) == 4
    assert [row["seed"] for row in rows(blind / "episodes.csv")] == [
        row["seed"] for row in rows(run.evaluation / "episodes.csv")
    ]
    assert [row["opened"] + row["seed"] for row in rows(other / "episodes.csv")] != final
    assert len(rows(early / "episodes.csv")) == 2


def test_a_checkpoint_does_not_fit_another_backbone(finished: tuple[RunDirectory, str]) -> None:
    run, _ = finished
    with pytest.raises(ConfigError, match="trained on backbone"):
        evaluate_run(run.path, quiet()[0], overrides=["seed=4"])


def metrics(run: RunDirectory) -> list[dict[str, Any]]:
    rows = read_metrics(run.metrics)
    return [{k: v for k, v in row.items() if k not in ("seconds", "round/seconds")} for row in rows]


def assert_same(resumed: RunDirectory, finished: RunDirectory) -> None:
    assert metrics(resumed) == metrics(finished)
    final = "final.safetensors"
    assert (resumed.checkpoints / final).read_bytes() == (finished.checkpoints / final).read_bytes()
    for file in ("episodes.csv", "summary.csv"):
        assert (resumed.evaluation / file).read_text() == (finished.evaluation / file).read_text()


def test_an_interrupted_run_can_be_looked_at_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: tuple[RunDirectory, str]
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG)
    learn = Dagger.learn

    def interrupt(self: Dagger, advance: Any) -> Iterator[Update]:
        for update in learn(self, advance):
            if self.learner.num_updates == 8:  # in the last of three rounds
                raise KeyboardInterrupt
            yield update

    console, text = quiet()
    config = load_config(file, [f"output={tmp_path}"])
    with monkeypatch.context() as patched:
        patched.setattr(Dagger, "learn", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config, console)
    (path,) = (tmp_path / "tiny").iterdir()
    assert "Interrupted" in text.getvalue()
    assert f"spawnnet-train eval {path}" in text.getvalue()
    assert f"spawnnet-train resume {path}" in text.getvalue()
    stems = {checkpoint.stem for checkpoint in (path / "checkpoints").iterdir()}
    assert stems == {"round_000", "round_001", "interrupted"}
    assert evaluate_run(path, quiet()[0]).name == "interrupted_seed_0"
    assert_same(resume(path, quiet()[0]), finished[0])


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, finished: tuple[RunDirectory, str]
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG)
    command = [sys.executable, "-m", "spawnnet_train", "run", str(file), "--set"]
    process = subprocess.Popen(
        [*command, f"output={tmp_path}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    state = "tiny/*/training_state.safetensors"
    while not any(tmp_path.glob(state)):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (found,) = tmp_path.glob(state)
    assert_same(resume(found.parent, quiet()[0]), finished[0])


def test_a_run_that_finished_no_round_starts_again(
    finished: tuple[RunDirectory, str], tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "metrics.jsonl").write_text('{"update": 1, "seconds": 1, "train/loss": 9}\n')
    console, text = quiet()
    assert_same(resume(tmp_path, console), finished[0])
    assert text.getvalue().startswith("DAgger in")


def test_a_damaged_training_state_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "training_state.safetensors").write_bytes(b"half of")
    with pytest.raises(ConfigError, match=r"training_state\.safetensors: cannot be resumed from"):
        resume(tmp_path, quiet()[0])
