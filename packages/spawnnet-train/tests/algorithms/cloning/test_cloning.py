"""Behaviour cloning end to end: recorded demonstrations, a run, a kill, and going on with it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_policies import list_policies
from spawnnet_sim import EnvironmentConfig
from spawnnet_sim.tools.recording import record as record_demonstrations
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.record.console import Console
from spawnnet_train.record.metrics import read_metrics
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.bc_training import train_bc
from spawnnet_train.runs.launch import launch, resume
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import BehaviorCloningRun

CONFIG = """
experiment: cloned
seed: 3
demonstrations:
  validation: {L1: {path: FOLDER/validation}}
policy: {layers: [32]}
student: {execution_horizon: 2}
normalization: {actions: min_max}
train:
  epochs: 8
  batch_size: 16
  ema_decay: 0.9
  optimizer: {lr: 3e-3}
  schedule: {name: cosine, warmup_updates: 4}
  clip_grad_norm: 1.0
  save_every: 3
"""
COMMAND = [sys.executable, "-m", "spawnnet_train"]


def record(folder: Path, cells: Any, expert: Any, *, seed: int) -> None:
    """Write one episode per cell in the original's layout, with noise on what is executed.

    The labels are the expert's. See DART, Laskey et al. 2017.
    """
    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    seen, labels = [], []
    observation, _ = cells.reset(seed=seed)
    for _ in range(cells.episode_steps):
        seen.append(observation)
        labels.append(expert.act(cells.privileged_state()))
        noisy = labels[-1] + generator.normal(0, 0.3, labels[-1].shape)
        observation, *_ = cells.step(np.clip(noisy, -1, 1).astype(np.float32))
    for cell in range(cells.num_envs):
        with h5py.File(folder / f"episode_{cell}.h5", "w") as file:
            for source, key in (("rgb", "rgb"), ("depth", "depth"), ("proprioception", "state")):
                file[f"traj_0/obs/{key}"] = np.stack([step[source][cell] for step in seen])
            file["traj_0/actions"] = np.stack([label[cell] for label in labels])


@pytest.fixture(scope="module")
def workplace(
    tmp_path_factory: pytest.TempPathFactory,
    point_task: Any,
    cloning_config: Callable[[Path, str], Path],
) -> Path:
    folder = tmp_path_factory.mktemp("cloning")
    cells, expert = point_task
    record(folder / "train", cells(10, 12), expert, seed=1)
    record(folder / "validation", cells(10, 12), expert, seed=2)
    cloning_config(folder, CONFIG)
    return folder


def load(workplace: Path, *overrides: str) -> BehaviorCloningRun:
    config = load_config(workplace / "run.yaml", overrides)
    assert isinstance(config, BehaviorCloningRun)
    return config


@pytest.fixture(scope="module")
def finished(workplace: Path, quiet: Console) -> RunDirectory:
    return launch(load(workplace), quiet)


def losses(run: RunDirectory) -> list[tuple[int, float]]:
    rows = read_metrics(run.metrics)
    return [(row["update"], row["train/update_loss"]) for row in rows if "train/update_loss" in row]


def validations(run: RunDirectory) -> list[dict[str, float]]:
    rows = read_metrics(run.metrics)
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows if "epoch" in row]


def test_cloning_an_expert_of_the_simulator_beats_predicting_the_mean(
    tmp_path: Path, quiet: Console, cloning_config: Callable[[Path, str], Path]
) -> None:
    cells = EnvironmentConfig(num_cabinets=3, image_size=(32, 48))
    paths = {
        part: record_demonstrations(cells, tmp_path / part, episodes=n, seed=seed, noise=0.15)
        for part, n, seed in (("train", 12, 10), ("validation", 3, 20))
    }
    views = [
        f"demonstrations.keys.views.{side}.{kind}=obs/{kind}/close_{side}"
        for side in ("left", "right")
        for kind in ("rgb", "depth")
    ]
    config = load_config(cloning_config(tmp_path, CONFIG), ["train.epochs=15", *views])
    best = min(row["val/mse_L1"] for row in validations(launch(config, quiet)))
    actions = {
        part: np.concatenate([h5py.File(file)["traj_0/actions"][:] for file in files])
        for part, files in paths.items()
    }
    mean_error = np.mean((actions["validation"] - actions["train"].mean(0)) ** 2)
    assert best < mean_error / 3


def test_a_run_leaves_everything_needed_later(finished: RunDirectory) -> None:
    for path in (
        finished.config,
        finished.versions,
        finished.demonstrations,
        finished.curves,
        finished.result,
    ):
        assert path.is_file()
    names = {path.stem for path in finished.checkpoints.glob("*.safetensors")}
    assert names == {"best", "final"}
    assert json.loads(finished.result.read_text())["epoch"] == 8


def test_the_same_seed_gives_the_same_losses(
    workplace: Path, finished: RunDirectory, quiet: Console
) -> None:
    again = train_bc(load(workplace, "train.epochs=8"), quiet)
    assert losses(again) == losses(finished)
    assert validations(again) == validations(finished)


def test_memory_for_features_changes_no_loss(
    workplace: Path, finished: RunDirectory, quiet: Console
) -> None:
    config = load(workplace, "train.features.memory=0")
    assert losses(train_bc(config, quiet)) == losses(finished)


@pytest.mark.parametrize("updates", [0, 4, 11, 33])
def test_a_killed_run_goes_on_to_the_same_losses(
    workplace: Path, finished: RunDirectory, updates: int, quiet: Console
) -> None:
    output = workplace / f"killed_{updates}"
    command = [*COMMAND, "run", str(workplace / "run.yaml"), "--set", f"output={output}"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _wait_for(lambda: any(len(read_metrics(f)) > updates for f in output.glob("*/*/*.jsonl")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (path,) = output.glob("cloned/*")
    resumed = resume(path, quiet)
    assert losses(resumed) == losses(finished)
    assert validations(resumed) == validations(finished)
    assert (resumed.checkpoints / "best.safetensors").read_bytes() == (
        finished.checkpoints / "best.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("policy", list_policies())
def test_every_head_clones(workplace: Path, quiet: Console, policy: str) -> None:
    if policy == "diffusion":
        pytest.importorskip("diffusers", reason="the extra `diffusion` is not installed")
    run = train_bc(load(workplace, "train.epochs=1", f"policy={{name: {policy}}}"), quiet)
    assert np.isfinite(losses(run)).all()


def test_augmentation_and_workers_train(workplace: Path, quiet: Console) -> None:
    config = load(workplace, "train.epochs=1", "train.augmentation={}", "train.num_workers=1")
    assert len(losses(train_bc(config, quiet))) == 8


def test_early_stop_ends_a_run_that_gets_no_better(workplace: Path, quiet: Console) -> None:
    overrides = ["train.early_stop={patience: 1}", "train.optimizer.lr=1e-30"]
    run = train_bc(load(workplace, *overrides, "train.ema_decay=null"), quiet)
    assert len(validations(run)) == 2


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("demonstrations.train.path=nowhere", "demonstrations.train: nowhere: does not exist."),
        (
            "demonstrations.keys.actions=[action]",
            "demonstrations.keys.actions[0]: key 'action' does not exist",
        ),
        ("demonstrations.action_names=[x]", "demonstrations.action_names: expected 4 values"),
    ],
)
def test_bad_input_is_one_sentence(
    workplace: Path, override: str, problem: str, quiet: Console
) -> None:
    with pytest.raises(ConfigError) as error:
        train_bc(load(workplace, override), quiet)
    assert str(error.value).startswith(problem)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")
def test_weights_and_biases_gets_every_row_offline(workplace: Path, quiet: Console) -> None:
    pytest.importorskip("wandb", reason="needs the extra wandb")
    run = train_bc(load(workplace, "wandb=offline", "train.epochs=1"), quiet)
    (file,) = run.path.glob("wandb/offline-run-*/run-*.wandb")
    content = file.read_bytes()
    assert content.count(b"train/update_loss") >= len(losses(run)) == 8
    assert b"val/mse_L1" in content


def test_a_missing_logger_names_its_extra(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, quiet: Console
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)  # as if it were not installed
    with pytest.raises(ConfigError, match=r"spawnnet-train\[wandb\]"):
        train_bc(load(workplace, "wandb=offline"), quiet)


def _wait_for(condition: Callable[[], bool], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
