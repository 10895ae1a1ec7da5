"""Small runs of each algorithm, their settings and the data that they learn from."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import yaml
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.metrics import read_metrics
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.learning.learner import Learner
from spawnnet_train.runs.launch import open_algorithm, run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.machine import prepare_torch
from spawnnet_train.runs.storage import decide_storage
from spawnnet_train.student.create import create_student

V, H, W, S = 2, 32, 48, 3

ENCODER = {
    "name": "spawnnet",
    "backbone": {"model": "test_vit", "weights": "random", "layers": [1, 3, 5]},
    "width": 8,
}


def _simulation(
    *,
    count: int = 2,
    image_size: tuple[int, int] = (32, 48),
    episode_steps: int = 5,
    **more: Any,
) -> dict[str, Any]:
    return {
        "cabinets": {"count": count},
        "held_out": {"count": 1},
        "cameras": {"image_size": list(image_size)},
        "episode_steps": episode_steps,
        **more,
    }


@pytest.fixture(scope="session")
def simulation() -> Callable[..., dict[str, Any]]:
    """Makes the settings of a small simulation: the one place that knows how they are grouped."""
    return _simulation


def _write(file: Path, settings: Mapping[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    return file


@pytest.fixture(scope="session")
def write_config() -> Callable[[Path, Mapping[str, Any]], Path]:
    """Writes settings to a YAML file and returns the file."""
    return _write


class Small(NamedTuple):
    """A small run.

    Attributes:
        file: Its configuration.
        run: What it left.
        text: What the console showed.
    """

    file: Path
    run: RunDirectory
    text: str


def _small(file: Path, settings: Mapping[str, Any]) -> Small:
    _write(file, settings)
    text = io.StringIO()
    console = Console(RichConsole(file=text, width=110))
    return Small(file, run(load_config(file), console), text.getvalue())


DAGGER = {
    "seed": 3,
    "threads": 1,
    "algorithm": {
        "name": "dagger",
        "rounds": 2,
        "warmup_episodes": 2,
        "episodes_per_round": 2,
        "updates_per_round": 5,
    },
    "simulation": _simulation(),
    "encoder": ENCODER,
    "policy": {"name": "mlp", "layers": [16]},
    "student": {"stack_idx": [0, 1], "action_horizon": 3, "execution_horizon": 2},
    "train": {"batch_size": 4, "ema_decay": 0.9, "save_every": 2, "log_every": 3},
    "evaluation": {"episodes": 3, "new_episodes": 0, "held_out_episodes": 1, "every": 2},
}
CLONING = {
    "seed": 3,
    "threads": 1,
    "algorithm": {
        "name": "bc",
        "epochs": 4,
        "demonstrations": {
            "train": {"path": "train"},
            "validation": {"L1": {"path": "train", "stride": 2}},
            "keys": {
                "views": {
                    "right": {"rgb": "obs/rgb/1", "depth": "obs/depth/1"},
                    "left": {"rgb": "obs/rgb/0", "depth": "obs/depth/0"},
                },
                "proprioception": ["obs/state"],
                "actions": ["actions"],
                "image_size": [H, W],
            },
        },
    },
    "encoder": ENCODER,
    "policy": {"name": "mlp", "layers": [16]},
    "student": {
        "stack_idx": [0, 2],
        "action_horizon": 3,
        "normalization": {"actions": "mean_std"},
    },
    "train": {
        "batch_size": 8,
        "ema_decay": 0.9,
        "save_every": 2,
        "schedule": {"name": "cosine", "warmup_updates": 3},
    },
}
"""Three updates in each of four epochs, on 18 samples."""


def two_updates(file: Path) -> list[float]:
    """Return the losses of the first two updates of the run in a file, which leaves no run."""
    config = load_config(file)
    device = prepare_torch(config)
    with closing(open_algorithm(config)) as algorithm:
        student = create_student(config, algorithm.spec, device)
        config, _ = decide_storage(config, algorithm, student)
        algorithm.keep_in(file.parent / "storage", config.algorithm)
        algorithm.set_up(student)
        learner = Learner(student, config.train, [algorithm.num_updates(0)])
        batches = algorithm.batches(0, 0)
        return [learner.update(next(batches)).loss for _ in range(2)]


@pytest.fixture(scope="session")
def cloning_settings() -> Callable[[Path], dict[str, Any]]:
    """Makes the settings of behaviour cloning of the demonstrations in `folder/train`."""

    def make(folder: Path) -> dict[str, Any]:
        settings = copy.deepcopy(CLONING)
        demonstrations: Any = settings["algorithm"]["demonstrations"]  # type: ignore[index]
        for one in (demonstrations["train"], demonstrations["validation"]["L1"]):
            one["path"] = str(folder / "train")
        return {**settings, "output": str(folder / "runs")}

    return make


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two episodes of random numbers, `train/0.h5` and `train/1.h5`."""
    folder = tmp_path_factory.mktemp("demonstrated")
    (folder / "train").mkdir()
    steps, generator = 9, np.random.default_rng(0)
    for index in range(2):
        with h5py.File(folder / "train" / f"{index}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, (steps, V, 3, H, W), np.uint8)
            file["traj_0/obs/depth"] = generator.uniform(0.3, 2, (steps, V, 1, H, W)).astype("f4")
            file["traj_0/obs/state"] = generator.normal(5, 2, (steps, S)).astype("f4")
            file["traj_0/actions"] = generator.normal(20, 3, (steps, 7)).astype("f4")
    return folder


@pytest.fixture(scope="session")
def cloned(demonstrations: Path, cloning_settings: Callable[[Path], dict[str, Any]]) -> Small:
    """A finished run of behaviour cloning."""
    return _small(demonstrations / "cloned.yaml", cloning_settings(demonstrations))


@pytest.fixture(scope="session")
def dagger(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A finished run of DAgger."""
    folder = tmp_path_factory.mktemp("dagger")
    return _small(folder / "tiny.yaml", {**DAGGER, "output": str(folder / "runs")})


@pytest.fixture(params=["cloned", "dagger"])
def finished(request: pytest.FixtureRequest) -> Small:
    """A finished run of each algorithm."""
    small: Small = request.getfixturevalue(request.param)
    return small


@pytest.fixture(scope="session")
def metrics() -> Callable[[RunDirectory], list[dict[str, Any]]]:
    """Reads the metrics of a run but for the time that they took."""

    def read(run: RunDirectory) -> list[dict[str, Any]]:
        rows = read_metrics(run.metrics)
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]

    return read
