"""What a run leaves and says, end to end in MuJoCo and from files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import torch
from PIL import Image

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.launch import open_algorithm, run
from spawnnet_train.runs.loading import load_config

COMMON = {
    "config.yaml",
    "versions.json",
    "spec.json",
    "metrics.jsonl",
    "tensorboard",
    "checkpoints",
    "training_state.safetensors",
    "curves.png",
    "result.json",
    "changed.json",
    "cost.json",
    "state.json",
    "report.html",
}


def rows(file: Path) -> list[dict[str, str]]:
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_every_run_leaves_what_is_needed_to_understand_it(finished: Any) -> None:
    names = {path.name for path in finished.run.path.iterdir()}
    assert names - {"predictions"} >= COMMON
    assert all((finished.run.path / name).stat().st_size for name in COMMON)
    assert json.loads(finished.run.result.read_text())["train/loss"] > 0


def test_the_report_shows_what_a_run_did(finished: Any) -> None:
    text = finished.run.report.read_text("utf-8")
    assert 'class="state finished"' in text
    shown = {
        "cloned": ("Predicted and recorded actions", "algorithm<wbr>.epochs", "measuring"),
        "tiny": ("What the student does", "Where its adapters look", "close_left", "gathering"),
    }[finished.file.stem]
    for words in ("loss", "updates", "memory, at most", "encoder<wbr>.width", *shown):
        assert words in text, words


def test_cloning_keeps_the_best_and_the_final_student(
    cloned: Any, metrics: Callable[[RunDirectory], list[dict[str, Any]]]
) -> None:
    names = {path.stem for path in cloned.run.checkpoints.glob("*.safetensors")}
    assert names == {"best", "final"}
    epochs = [row for row in metrics(cloned.run) if "epoch" in row]
    assert [(row["epoch"], row["update"]) for row in epochs] == [(1, 3), (2, 6), (3, 9), (4, 12)]
    assert all("val/mse_L1" in row for row in epochs)


def test_dagger_keeps_the_student_of_every_round(
    dagger: Any, metrics: Callable[[RunDirectory], list[dict[str, Any]]]
) -> None:
    names = {path.stem for path in dagger.run.checkpoints.glob("*.safetensors")}
    assert names == {"round_000", "round_001", "round_002", "best", "final"}
    rounds = [row for row in metrics(dagger.run) if "round" in row]
    assert [(row["round"], row["update"]) for row in rounds] == [(0, 5), (1, 10), (2, 15)]
    assert [row["rollout/replay_steps"] for row in rounds] == [10, 20, 30]
    assert ["evaluation/train_success" in row for row in rounds] == [True, False, True]


def test_blocks_of_updates_are_logged_until_they_are_saved(
    dagger: Any, metrics: Callable[[RunDirectory], list[dict[str, Any]]]
) -> None:
    blocks = [row for row in metrics(dagger.run) if "update/loss" in row]
    # `log_every` is 3, `save_every` 2, and a round has 5.
    assert [row["update"] for row in blocks] == [2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 15]
    assert set(blocks[0]) == {"update", "update/loss", "update/grad_norm", "update/lr"}


def test_the_loss_of_a_period_is_the_mean_of_its_samples(
    finished: Any, metrics: Callable[[RunDirectory], list[dict[str, Any]]]
) -> None:
    sizes = {"cloned": [8, 8, 2], "tiny": [4] * 5}[finished.file.stem]
    all_rows, first = metrics(finished.run), 0
    for row in all_rows:
        if "train/loss" not in row:
            continue
        blocks = {r["update"]: r["update/loss"] for r in all_rows if "update/loss" in r}
        losses, block = [], [u for u in sorted(blocks) if first < u <= row["update"]]
        for end in block:
            losses += [blocks[end]] * (end - first)
            first = end
        total = sum(loss * size for loss, size in zip(losses, sizes, strict=True))
        if len(set(sizes)) == 1:
            assert row["train/loss"] == pytest.approx(total / sum(sizes), rel=1e-5)


def test_results_are_there_episode_by_episode_and_by_cabinet(dagger: Any) -> None:
    assert len(rows(dagger.run.evaluation / "episodes.csv")) == 4
    rates = [
        (row["split"], row["cabinet"], row["episodes"])
        for row in rows(dagger.run.evaluation / "summary.csv")
    ]
    assert rates == [
        ("train", "all", "3"),
        ("train", "drawer-train-v1/00", "2"),
        ("train", "drawer-train-v1/01", "1"),
        ("held_out", "all", "1"),
        ("held_out", "drawer-held-out-v1/00", "1"),
    ]


def test_pictures_and_videos_are_there(dagger: Any) -> None:
    run_, splits = dagger.run, ("train", "held_out")
    stems = {f"{name}_{split}" for name in ("round_000", "best") for split in splits}
    assert stems <= {path.stem for path in run_.videos.glob("*.mp4")}
    assert stems <= {path.stem for path in run_.attention.glob("*.png")}
    with av.open(str(run_.videos / "best_train.mp4")) as video:
        assert (video.streams.video[0].height, video.streams.video[0].width) == (420, 586)
    with Image.open(run_.attention / "best_train.png") as image:
        assert image.width == 4 * (4 * 48 + 4)  # the camera and three adapters


def test_the_console_says_what_runs_and_where_to_look(finished: Any) -> None:
    text, run_ = finished.text, finished.run
    for word in ("spawnnet over test_vit", "trained", "frozen", "1 threads", "has random weights"):
        assert word in text
    for place in (run_.checkpoints, f"spawnnet-train visualize {run_.path}"):
        assert str(place) in text
    own = {
        "cloned": ["2 episodes, 18 steps", "mse L1"],
        "tiny": ["open_drawer", "expert", "success"],
    }
    for word in own[finished.file.stem]:
        assert word in text
    in_simulation = finished.file.stem == "tiny"
    assert (f"spawnnet-train eval {run_.path}" in text) == in_simulation


def test_the_configuration_that_ran_is_complete_and_runs_again(finished: Any) -> None:
    config = load_config(finished.run.config)
    assert config.experiment == finished.file.stem
    assert config.device == str(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    assert config.threads == 1
    if config.simulation is not None:
        assert config.simulation.engine.renderer != "auto"


def test_the_same_seed_gives_the_same_run(
    finished: Any,
    tmp_path: Path,
    quiet: Console,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    again = run(load_config(finished.file, [f"output={tmp_path}"]), quiet)
    assert_same_run(again, finished.run)


@pytest.mark.parametrize("frozen_format", ["float32", "bfloat16", "int8"])
def test_every_format_of_kept_features_trains_and_is_another(
    finished: Any,
    frozen_format: str,
    tmp_path: Path,
    quiet: Console,
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
) -> None:
    short = {
        "cloned": ["algorithm.epochs=1"],
        "tiny": [
            "algorithm.rounds=0",
            "evaluation={episodes: 1, new_episodes: 0, held_out_episodes: 0}",
        ],
    }[finished.file.stem]
    settings = [f"output={tmp_path}", f"student.frozen_format={frozen_format}", *short]
    found = run(load_config(finished.file, settings), quiet)
    norms = [
        [row["update/grad_norm"] for row in metrics(each) if "update/grad_norm" in row][:2]
        for each in (found, finished.run)
    ]
    assert norms[0] == pytest.approx(norms[1], rel=0.1)
    assert norms[0] != norms[1]


def test_what_is_missing_is_found_when_the_algorithm_opens_it(cloned: Any, quiet: Console) -> None:
    config = load_config(cloned.file, ["algorithm.demonstrations.train.path=nowhere"])
    with pytest.raises(ConfigError, match=r"^algorithm\.demonstrations\.train\.?\w*: .*nowhere"):
        open_algorithm(config)
