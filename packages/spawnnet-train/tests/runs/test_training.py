"""The loop: what is best, when to stop, what acts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from safetensors.torch import load_file

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.best_window import BestWindow
from spawnnet_record.run_directory import RunDirectory
from spawnnet_sim.tools.recording import record
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.reevaluation import evaluate

Metrics = Callable[[RunDirectory], list[dict[str, Any]]]


def periods(metrics: Metrics, directory: RunDirectory, name: str) -> list[dict[str, Any]]:
    return [row for row in metrics(directory) if name in row]


@pytest.fixture(scope="module")
def in_simulation(
    tmp_path_factory: pytest.TempPathFactory,
    simulation: Callable[..., dict[str, Any]],
    cloning_settings: Callable[[Path], dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> Path:
    """A configuration that clones an expert of the simulator and is measured there."""
    folder, settings = tmp_path_factory.mktemp("simulated"), simulation()
    config = TypeAdapter(SimulationConfig).validate_python(settings)
    record(config.splits()["train"], folder / "train", episodes=4, seed=10)
    cloning = cloning_settings(folder)
    cloning["algorithm"]["demonstrations"]["keys"]["views"] = {
        view: {kind: f"obs/{kind}/{view}" for kind in ("rgb", "depth")}
        for view in config.cameras.views
    }
    evaluation = {"episodes": 2, "new_episodes": 1, "held_out_episodes": 0}
    changes = {"simulation": settings, "evaluation": evaluation}
    return write_config(folder / "simulated.yaml", {**cloning, **changes})


def test_the_best_student_is_the_one_of_the_best_validation(
    cloned: Any, metrics: Metrics, quiet: Console, tmp_path: Path
) -> None:
    settings = [f"output={tmp_path}", "train.optimizer.lr=0.03", "train.ema_decay=null"]
    directory = run(load_config(cloned.file, [*settings, "algorithm.epochs=6"]), quiet)
    scores = [row["val/mse_L1"] for row in periods(metrics, directory, "epoch")]
    window = BestWindow()
    last_best = max(epoch for epoch, score in enumerate(scores) if window.add(score))
    facts = (directory.checkpoints / "best.json").read_text()
    assert f'"updates": {3 * (last_best + 1)},' in facts


def test_success_in_between_does_not_choose_where_validation_does(
    in_simulation: Path, metrics: Metrics, quiet: Console, tmp_path: Path
) -> None:
    every = ["algorithm.validate_every=2", "evaluation.every=1", "evaluation.new_episodes=0"]
    settings = [f"output={tmp_path}", "algorithm.epochs=4", "train.ema_decay=null", *every]
    directory = run(load_config(in_simulation, settings), quiet)
    rows = periods(metrics, directory, "epoch")
    assert [("val/mse_L1" in row, row.get("evaluation/train_success")) for row in rows] == [
        (False, 0), (True, 0), (False, 0), (True, 0),
    ]  # fmt: skip
    window = BestWindow()
    scores = {row["epoch"]: row["val/mse_L1"] for row in rows if "val/mse_L1" in row}
    best = max(epoch for epoch, score in scores.items() if window.add(score))
    assert f'"period": {best:.0f},' in (directory.checkpoints / "best.json").read_text()


def test_without_validation_the_training_loss_decides(
    cloned: Any, quiet: Console, tmp_path: Path
) -> None:
    settings = [f"output={tmp_path}", "algorithm.demonstrations.validation={}"]
    directory = run(load_config(cloned.file, [*settings, "algorithm.epochs=1"]), quiet)
    assert (directory.checkpoints / "best.safetensors").is_file()


def test_early_stop_ends_a_run_that_gets_no_better(
    cloned: Any, metrics: Metrics, quiet: Console, tmp_path: Path
) -> None:
    settings = ["train.early_stop={patience: 1}", "train.optimizer.lr=1e-30"]
    config = load_config(cloned.file, [f"output={tmp_path}", *settings, "train.ema_decay=null"])
    directory = run(config, quiet)
    assert len(periods(metrics, directory, "epoch")) == 2
    assert directory.result.is_file()


def test_early_stop_counts_evaluations_where_those_are_what_is_measured(
    dagger: Any, metrics: Metrics, quiet: Console, tmp_path: Path
) -> None:
    # No drawer is opened in five steps, so the first evaluation stays the best.
    settings = ["train.early_stop={patience: 1}", "evaluation={episodes: 1, every: 1}"]
    short = ["evaluation.new_episodes=0", "evaluation.held_out_episodes=0", "algorithm.rounds=4"]
    directory = run(load_config(dagger.file, [f"output={tmp_path}", *settings, *short]), quiet)
    rounds = periods(metrics, directory, "round")
    assert [row["evaluation/train_success"] for row in rounds] == [0, 0]


@pytest.mark.parametrize(("every", "expected"), [(1, [True, True, True]), (2, [False, True, True])])
def test_cloning_is_measured_in_simulation_every_so_often(
    in_simulation: Path,
    every: int,
    expected: list[bool],
    metrics: Metrics,
    quiet: Console,
    tmp_path: Path,
) -> None:
    settings = [f"output={tmp_path}", f"evaluation.every={every}", "algorithm.epochs=3"]
    directory = run(load_config(in_simulation, settings), quiet)
    epochs = periods(metrics, directory, "epoch")
    assert ["evaluation/train_success" in row for row in epochs] == expected
    stems = {path.stem for path in directory.videos.iterdir()}
    first = f"epoch_{expected.index(True) + 1:03d}"
    assert {f"{first}_train", f"{first}_new", "best_train", "best_new"} <= stems


def test_the_student_that_was_chosen_is_rolled_out_and_again_the_same(
    in_simulation: Path, quiet: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a moving average, by now another one, acts during training."""
    add = BestWindow.add
    monkeypatch.setattr(BestWindow, "add", lambda self, v: add(self, v) and len(self.values) == 1)
    settings = [f"output={tmp_path}", "train.optimizer.lr=0.1", "algorithm.epochs=3"]
    directory = run(load_config(in_simulation, settings), quiet)
    best, final = (load_file(directory.checkpoints / f"{n}.safetensors") for n in ("best", "final"))
    assert any(not torch.equal(best[name], final[name]) for name in best)
    again = evaluate(directory.path, quiet)
    assert again.name == "best_seed_0"
    for file in ("episodes.csv", "summary.csv"):
        assert (again / file).read_text() == (directory.evaluation / file).read_text()


def test_checkpoints_hold_the_average_where_it_acts(
    cloned: Any, quiet: Console, tmp_path: Path
) -> None:
    settings = [f"output={tmp_path}", "algorithm.epochs=1", "train.schedule.name=constant"]
    weights = []
    for decay in ("null", "0.9"):
        changes = [*settings, f"train.ema_decay={decay}", f"experiment=with_{decay}"]
        directory = run(load_config(cloned.file, changes), quiet)
        weights.append(load_file(directory.checkpoints / "final.safetensors"))
    name = next(name for name in weights[0] if name.startswith("policy.") and "weight" in name)
    assert not torch.equal(weights[0][name], weights[1][name])


def test_what_an_algorithm_opened_is_closed_whatever_happens(
    dagger: Any, quiet: Console, tmp_path: Path, stopping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Dagger] = []
    close = Dagger.close
    monkeypatch.setattr(Dagger, "close", lambda self: (closed.append(self), close(self))[1])
    with stopping(0, KeyboardInterrupt):
        run(load_config(dagger.file, [f"output={tmp_path}"]), quiet)
    assert len(closed) == 1
