"""Stand-ins for a simulator and a student, small enough to be worked out by hand; a small clone.

`PointCells` is a deterministic vector environment: a point is to be moved onto a target.

It has the interface of `spawnnet_sim.CabinetEnv`. Everything is visible: one camera shows the
point in red and the target in green, the other one is their difference.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import h5py
import numpy as np
import pytest
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from rich.console import Console as RichConsole

from spawnnet_encoders import create_encoder
from spawnnet_policies import create_policy
from spawnnet_train.record.console import Console
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.launch import launch
from spawnnet_train.runs.loading import load_config
from spawnnet_train.student.student import Student, StudentActor, StudentConfig

V, H, W, S, A = 2, 32, 48, 3, 4
SPEED = 0.15


class PointCells(gymnasium.vector.VectorEnv[Any, Any, Any]):
    renderer = "numpy"
    control_timestep = 0.1

    def __init__(self, num_cells: int = 3, episode_steps: int = 7) -> None:
        self.num_envs = num_cells
        self.episode_steps = episode_steps
        self.cabinets = tuple(f"target-{cell}" for cell in range(num_cells))
        self.single_observation_space = spaces.Dict(
            {
                "rgb": spaces.Box(0, 255, (V, 3, H, W), np.uint8),
                "depth": spaces.Box(0, 10, (V, 1, H, W), np.float32),
                "proprioception": spaces.Box(-np.inf, np.inf, (S,), np.float32),
            }
        )
        self.single_action_space = spaces.Box(-1, 1, (A,), np.float32)
        angle = np.arange(num_cells) * 2.0
        # The first two of the four action dimensions move; the others have no effect.
        self._targets = 0.6 * np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        assert isinstance(seed, int)
        generators = [np.random.default_rng([seed, cell]) for cell in range(self.num_envs)]
        self._points = np.stack([g.uniform(-0.9, 0.9, 2) for g in generators]).astype(np.float32)
        self._success = np.zeros(self.num_envs, bool)
        self._steps = 0
        return self._observe(), {}

    def step(self, actions: NDArray[np.float32]) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        assert actions.shape == (self.num_envs, A)
        assert np.abs(actions).max() <= 1
        self._points = np.clip(self._points + SPEED * actions[:, :2], -1, 1)
        self._steps += 1
        distance = np.linalg.norm(self._targets - self._points, axis=-1)
        self._success |= distance < 0.15
        info = {"success": self._success, "opened": (1 - distance).astype(np.float32)}
        never = np.zeros(self.num_envs, bool)
        truncated = np.full(self.num_envs, self._steps == self.episode_steps)
        return self._observe(), np.zeros(self.num_envs), never, truncated, info

    def privileged_state(self) -> dict[str, NDArray[Any]]:
        return {"point": self._points.copy(), "target": self._targets.copy()}

    def _observe(self) -> dict[str, NDArray[Any]]:
        rgb = np.zeros((self.num_envs, V, 3, H, W), np.uint8)
        for cell, (point, target) in enumerate(zip(self._points, self._targets, strict=True)):
            for channel, (x, y) in enumerate((point, target)):
                row, column = int((y + 1) / 2 * (H - 1)), int((x + 1) / 2 * (W - 1))
                rgb[
                    cell, 0, channel, max(0, row - 2) : row + 3, max(0, column - 2) : column + 3
                ] = 255
        rgb[:, 1] = rgb[:, 0, ::-1]
        depth = 1 + rgb[:, :, :1].astype(np.float32) / 510
        counted = np.full((self.num_envs, 1), self._steps, np.float32)
        proprioception = np.concatenate([self._points, counted], -1)
        return {"rgb": rgb, "depth": depth, "proprioception": proprioception}


class PointExpert:
    def act(self, privileged: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        towards = (privileged["target"] - privileged["point"]) / SPEED
        actions = np.zeros((len(towards), A), np.float32)
        actions[:, :2] = np.clip(towards, -1, 1)
        return actions


@pytest.fixture
def make_cells() -> Callable[..., PointCells]:
    return PointCells


@pytest.fixture
def expert() -> PointExpert:
    return PointExpert()


@pytest.fixture
def make_student() -> Callable[..., Student]:
    def make(name: str = "spawnnet", *, num_frames: int = 1, action_horizon: int = 1) -> Student:
        torch.manual_seed(5)
        options: dict[str, Any] = {"width": 8}
        if name == "spawnnet":
            backbone = {"model": "test_vit", "weights": "random", "layers": [1, 3, 5]}
            options["backbone"] = backbone
        else:
            options = {}
        encoder = create_encoder(
            name,
            num_views=V,
            image_size=(H, W),
            num_frames=num_frames,
            proprioception_dim=S,
            **options,
        )
        policy = create_policy(
            "mlp",
            feature_dim=encoder.output_dim,
            action_bounds=([-1.0] * A, [1.0] * A),
            action_horizon=action_horizon,
            layers=(16,),
        )
        return Student(encoder, policy)

    return make


@pytest.fixture
def make_actor() -> Callable[..., StudentActor]:
    def make(student: Student, num_cells: int, *, execution_horizon: int = 1) -> StudentActor:
        config = StudentConfig(
            num_frames=student.encoder.num_frames,
            action_horizon=student.policy.action_horizon,
            execution_horizon=execution_horizon,
        )
        return StudentActor(student, config, num_cells, frozen_dtype=torch.float16)

    return make


@pytest.fixture(scope="session")
def point_task() -> tuple[type[PointCells], PointExpert]:
    return PointCells, PointExpert()


CLONING = """
algorithm: bc
threads: 1
demonstrations:
  train: {path: FOLDER/train}
  keys:
    views:
      right: {rgb: obs/rgb/1, depth: obs/depth/1}
      left: {rgb: obs/rgb/0, depth: obs/depth/0}
    proprioception: [obs/state]
    actions: [actions]
    image_size: [32, 48]
encoder:
  name: spawnnet
  backbone: {model: test_vit, weights: random, layers: [1, 3, 5]}
  width: 8
policy: {name: mlp, layers: [16]}
student: {stack_idx: [0, 2], action_horizon: 3}
output: FOLDER/runs
"""
"""What every small run of behaviour cloning has in common."""


def write_cloning_config(folder: Path, changes: str) -> Path:
    """Write `run.yaml` for demonstrations in `folder/train` and return it."""
    (folder / "base.yaml").write_text(CLONING.replace("FOLDER", str(folder)))
    file = folder / "run.yaml"
    file.write_text("extends: base.yaml\n" + changes.replace("FOLDER", str(folder)))
    return file


@pytest.fixture(scope="session")
def cloning_config() -> Callable[[Path, str], Path]:
    return write_cloning_config


@pytest.fixture(scope="session")
def quiet() -> Console:
    """A console that nobody reads."""
    return Console(RichConsole(file=io.StringIO(), width=120))


@pytest.fixture(scope="session")
def cloned_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of random numbers, `train/0.h5` and `train/1.h5`, and `run.yaml` for them."""
    place = tmp_path_factory.mktemp("cloned")
    (place / "train").mkdir()
    T, generator = 9, np.random.default_rng(0)
    for index in range(2):
        with h5py.File(place / "train" / f"{index}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, (T, 2, 3, 32, 48), np.uint8)
            file["traj_0/obs/depth"] = generator.uniform(0.3, 2, (T, 2, 1, 32, 48)).astype("f4")
            file["traj_0/obs/state"] = generator.normal(5, 2, (T, 3)).astype("f4")
            file["traj_0/actions"] = generator.normal(20, 3, (T, 7)).astype("f4")
    write_cloning_config(
        place,
        """
experiment: small
demonstrations:
  validation: {L1: {path: FOLDER/train, stride: 2}}
normalization: {actions: mean_std}
train: {epochs: 2, batch_size: 8}
""",
    )
    return place


@pytest.fixture(scope="session")
def cloned_run(cloned_folder: Path, quiet: Console) -> RunDirectory:
    """A finished run of `run.yaml`."""
    return launch(load_config(cloned_folder / "run.yaml"), quiet)
