"""A short class from outside gets the loop, checkpoints, logs, resuming and `use/`."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.launch import resume, run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.use.latency import measure_latency
from spawnnet_train.use.robot_policy import load_policy
from spawnnet_train.use.saved_policy import open_policy
from spawnnet_train.use.visualization import visualize

MODULE = '''
"""Regression: how bright a frame is, told from its pixels."""

from dataclasses import dataclass

import torch

from spawnnet_train.algorithms.algorithm import Algorithm, LabelledEpisode, PeriodReport, Sight
from spawnnet_train.algorithms.registry import register_algorithm
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.spec import StudentSpec


@dataclass(frozen=True, kw_only=True)
class RegressionConfig:
    passes: int = 3
    updates: int = 4


class Regression(Algorithm[RegressionConfig]):
    period, measures = "pass", True

    def __init__(self, config, run):
        self.config, self.run, self.num_periods = config, run, config.passes
        self.draws = torch.Generator().manual_seed(run.seed)
        self.spec = StudentSpec(
            views=("eye",), image_size=(32, 48), depth_views=(), proprioception_dim=2,
            action_bounds=((-1.0,), (1.0,)), action_names=("brightness",), rate=None,
        )

    @classmethod
    def open(cls, config, run):
        return cls(config, run)

    @classmethod
    def sight(cls, config, run):
        return Sight(("eye",), (32, 48), "algorithm")

    def set_up(self, student):
        self.student = student

    def num_updates(self, period):
        return self.config.updates

    def batches(self, period, first):
        for _ in range(first, self.config.updates):
            yield self.draw(self.run.train.batch_size).to(self.student.device)

    def frames(self, size):
        value = torch.rand(size, generator=self.draws)
        rgb = (255 * value).byte().view(size, 1, 1, 1, 1, 1).expand(size, 1, 1, 3, 32, 48)
        return {"rgb": rgb, "proprioception": torch.zeros(size, 1, 2)}, 2 * value - 1

    def draw(self, size):
        seen, action = self.frames(size)
        to = self.run.student.frozen_format
        frozen = self.student.encoder.frozen_features(seen["rgb"], format=to)
        mask = torch.ones(size, 1, dtype=torch.bool)
        return Batch(FrameStack(seen, frozen), action.view(size, 1, 1), mask)

    def end(self, period, loss, reporter):
        return PeriodReport({"val/loss": loss}, score=loss, cells={"error": f"{loss:.3f}"})

    def state(self):
        return {"draws": self.draws.get_state().tolist()}

    def load_state(self, state):
        self.draws.set_state(torch.tensor(state["draws"], dtype=torch.uint8))

    def num_labelled_episodes(self, limit):
        return 1

    def labelled_episodes(self, limit):
        seen, action = self.frames(5)
        arrays = {name: tensor[:, 0].numpy() for name, tensor in seen.items()}
        yield LabelledEpisode("drawn", "frames", arrays, action.view(5, 1).numpy())


register_algorithm("regression", RegressionConfig, Regression)
'''
SETTINGS = {
    "imports": ["regression_of_brightness"],
    "threads": 1,
    "seed": 5,
    "algorithm": {"name": "regression", "updates": 4},
    "encoder": {
        "name": "spawnnet",
        "backbone": {"model": "test_vit", "weights": "random", "layers": [1, 3, 5]},
        "width": 8,
        "channels": "rgb",
    },
    "policy": {"name": "mlp", "layers": [16]},
    "train": {"batch_size": 6, "save_every": 3, "ema_decay": 0.9, "optimizer": {"lr": 1e-2}},
}


@pytest.fixture(scope="module")
def file(
    tmp_path_factory: pytest.TempPathFactory,
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("regression")
    (folder / "regression_of_brightness.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield write_config(folder / "outside.yaml", {**SETTINGS, "output": str(folder / "runs")})


@pytest.fixture(scope="module")
def trained(file: Path) -> tuple[RunDirectory, str]:
    text = io.StringIO()
    return run(load_config(file), Console(RichConsole(file=text, width=100))), text.getvalue()


def test_it_has_settings_of_its_own(file: Path) -> None:
    assert load_config(file).algorithm.passes == 3  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"^algorithm\.pases: unknown key, did you mean 'passes'"):
        load_config(file, ["algorithm.pases=2"])
    with pytest.raises(ConfigError, match=r"^encoder\.backbone\.layers\[0\]: "):
        load_config(file, ["encoder.backbone.layers=[99]"])


def test_it_leaves_metrics_checkpoints_and_a_table(
    trained: tuple[RunDirectory, str],
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
) -> None:
    directory, text = trained
    passes = [row for row in metrics(directory) if "pass" in row]
    assert [(row["pass"], row["update"]) for row in passes] == [(1, 4), (2, 8), (3, 12)]
    assert all(row["val/loss"] == row["train/loss"] for row in passes)
    assert passes[-1]["train/loss"] < passes[0]["train/loss"]
    assert sorted(RunRecord(directory).checkpoints()) == ["best", "final"]
    assert RunRecord(directory).saved_result()["val/loss"] == passes[-1]["val/loss"]
    assert "regression in" in text
    assert "error" in text


@pytest.mark.parametrize(
    ("updates", "error"),
    [(2, SystemExit), (4, KeyboardInterrupt), (7, KeyboardInterrupt), (11, SystemExit)],
)
def test_a_stopped_run_goes_on_to_the_same_numbers(
    file: Path,
    trained: tuple[RunDirectory, str],
    updates: int,
    error: type[BaseException],
    tmp_path: Path,
    quiet: Console,
    stopping: Any,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    with stopping(updates, error):
        run(load_config(file, [f"output={tmp_path}"]), quiet)
    (path,) = (run.directory.path for run in find_runs(tmp_path))
    assert (path / "checkpoints" / "interrupted.json").exists() == (error is KeyboardInterrupt)
    assert_same_run(resume(path, quiet), trained[0])


def test_it_stops_early(
    file: Path,
    tmp_path: Path,
    quiet: Console,
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
) -> None:
    changes = ["algorithm.passes=50", "train.optimizer.lr=1e-30", "train.early_stop={patience: 3}"]
    directory = run(load_config(file, [f"output={tmp_path}", *changes]), quiet)
    assert len([row for row in metrics(directory) if "pass" in row]) < 50


def test_its_student_acts_is_timed_and_is_drawn(
    trained: tuple[RunDirectory, str], quiet: Console
) -> None:
    directory, _ = trained
    policy = load_policy(directory.path)
    image = np.full((32, 48, 3), 200, np.uint8)
    action = policy.act({"rgb": {"eye": image}, "proprioception": np.zeros(2)})
    assert action.shape == (1,)
    assert len(measure_latency(open_policy(directory.path), steps=2, warmup=0)) == 5
    folder = visualize(directory.path, quiet)
    assert {path.name for path in folder.glob("drawn*")} == {
        "drawn_000_frames.png",
        "drawn_000_frames.mp4",
    }
