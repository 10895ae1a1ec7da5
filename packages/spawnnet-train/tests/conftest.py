"""Stand-ins for a simulator and a student, small enough to be worked out by hand; small runs.

`PointEnvironment` satisfies `rollouts.environment.LabelledEnvironment`: a point is to be moved onto
a target. Everything is visible: one camera shows the point in red and the target in green, the
other one is its mirror image.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import torch
import yaml
from gymnasium import spaces
from numpy.typing import NDArray
from rich.console import Console as RichConsole

from spawnnet_encoders import create_encoder
from spawnnet_policies import create_policy
from spawnnet_train.learning.learner import Learner, Update
from spawnnet_train.record.console import Console
from spawnnet_train.record.metrics import read_metrics
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.student import Student

V, H, W, S, A = 2, 32, 48, 3, 4
SPEED = 0.15


class PointEnvironment:
    control_timestep = 0.1
    action_names = ("x", "y", "nothing", "nothing either")

    def __init__(self, num_envs: int = 3, episode_steps: int = 7) -> None:
        self.num_envs = num_envs
        self.episode_steps = episode_steps
        self.draws = True
        self.set_cabinets(range(num_envs))
        self.single_observation_space = spaces.Dict(
            {
                "rgb": spaces.Box(0, 255, (V, 3, H, W), np.uint8),
                "depth": spaces.Box(0, 10, (V, 1, H, W), np.float32),
                "proprioception": spaces.Box(-np.inf, np.inf, (S,), np.float32),
            }
        )
        self.single_action_space = spaces.Box(-1, 1, (A,), np.float32)

    def set_cabinets(self, numbers: Sequence[int], /) -> None:
        assert len(numbers) == self.num_envs
        self.cabinets = tuple(f"target-{number}" for number in numbers)
        angle = np.array(numbers) * 2.0
        self._targets = 0.6 * np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)

    def reset(self, *, seed: int) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        generators = [np.random.default_rng([seed, env]) for env in range(self.num_envs)]
        self._points = np.stack([g.uniform(-0.9, 0.9, 2) for g in generators]).astype(np.float32)
        self._success = np.zeros(self.num_envs, bool)
        self._closest = np.full(self.num_envs, np.inf, np.float32)
        self._steps = 0
        return self._observe(), {}

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[
        dict[str, NDArray[Any]], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, NDArray[Any]]
    ]:
        assert actions.shape == (self.num_envs, A)
        assert np.abs(actions).max() <= 1
        # The first two of the four action dimensions move; the others have no effect.
        self._points = np.clip(self._points + SPEED * actions[:, :2], -1, 1)
        self._steps += 1
        distance = np.linalg.norm(self._targets - self._points, axis=-1)
        self._success |= distance < 0.15
        self._closest = np.minimum(self._closest, distance)
        info = {
            "success": self._success,
            "grasped": self._closest < 0.3,
            "opened": (1 - distance).astype(np.float32),
            "closest": self._closest,
        }
        never = np.zeros(self.num_envs, bool)
        truncated = np.full(self.num_envs, self._steps == self.episode_steps)
        return self._observe(), np.zeros(self.num_envs), never, truncated, info

    def privileged_state(self) -> dict[str, NDArray[Any]]:
        return {"point": self._points.copy(), "target": self._targets.copy()}

    def quantities(self) -> dict[str, NDArray[np.float32]]:
        offset = np.zeros((self.num_envs, 3), np.float32)
        offset[:, :2] = self._targets - self._points
        axis = np.tile(np.float32([0, 1, 0]), (self.num_envs, 1))
        return {"handle_offset": offset, "grip_axis": axis}

    def close(self) -> None:
        """Nothing was allocated."""

    def _observe(self) -> dict[str, NDArray[Any]]:
        counted = np.full((self.num_envs, 1), self._steps, np.float32)
        proprioception = np.concatenate([self._points, counted], -1)
        if self.draws:
            self._images = self._draw()
        return {**self._images, "proprioception": proprioception}

    def _draw(self) -> dict[str, NDArray[Any]]:
        rgb = np.zeros((self.num_envs, V, 3, H, W), np.uint8)
        for env, (point, target) in enumerate(zip(self._points, self._targets, strict=True)):
            for channel, (x, y) in enumerate((point, target)):
                row, column = int((y + 1) / 2 * (H - 1)), int((x + 1) / 2 * (W - 1))
                dot = np.s_[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
                rgb[env, 0, channel][dot] = 255
        rgb[:, 1] = rgb[:, 0, ::-1]
        return {"rgb": rgb, "depth": 1 + rgb[:, :, :1].astype(np.float32) / 510}


class PointExpert:
    def act(self, privileged: Mapping[str, NDArray[Any]], /) -> NDArray[np.float32]:
        towards = (privileged["target"] - privileged["point"]) / SPEED
        actions = np.zeros((len(towards), A), np.float32)
        actions[:, :2] = np.clip(towards, -1, 1)
        return actions


@pytest.fixture(scope="session")
def make_environment() -> Callable[..., PointEnvironment]:
    return PointEnvironment


@pytest.fixture(scope="session")
def expert() -> PointExpert:
    return PointExpert()


ENCODER = {
    "name": "spawnnet",
    "backbone": {"model": "test_vit", "weights": "random", "layers": [1, 3, 5]},
    "width": 8,
}


@pytest.fixture
def make_student() -> Callable[..., Student]:
    def make(name: str = "spawnnet", *, num_frames: int = 1, action_horizon: int = 1) -> Student:
        torch.manual_seed(5)
        options = {key: value for key, value in ENCODER.items() if key != "name"}
        encoder = create_encoder(
            name,
            num_views=V,
            image_size=(H, W),
            num_frames=num_frames,
            proprioception_dim=S,
            **(options if name == "spawnnet" else {}),
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
    def make(student: Student, num_envs: int, **settings: Any) -> StudentActor:
        config = StudentConfig(
            stack_idx=tuple(range(student.encoder.num_frames)),
            action_horizon=student.policy.action_horizon,
            **settings,
        )
        return StudentActor(student, config, num_envs)

    return make


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
def quiet() -> Console:
    """A console that nobody reads."""
    return Console(RichConsole(file=io.StringIO(), width=110))


@pytest.fixture(scope="session")
def metrics() -> Callable[[RunDirectory], list[dict[str, Any]]]:
    """Reads the metrics of a run but for the time that they took."""

    def read(run: RunDirectory) -> list[dict[str, Any]]:
        rows = read_metrics(run.metrics)
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]

    return read


@pytest.fixture(scope="session")
def assert_same_run(
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
) -> Callable[[RunDirectory, RunDirectory], None]:
    """Checks that two runs came to the same, bit for bit."""

    def check(found: RunDirectory, expected: RunDirectory) -> None:
        assert metrics(found) == metrics(expected)
        weights = sorted(path.name for path in expected.checkpoints.glob("*.safetensors"))
        for name in weights:
            kept = (found.checkpoints / name).read_bytes()
            assert kept == (expected.checkpoints / name).read_bytes(), name
        for path in [expected.spec, *expected.evaluation.glob("*.csv")]:
            place = path.relative_to(expected.path)
            assert (found.path / place).read_bytes() == path.read_bytes(), place

    return check


Stopping = Callable[[int, type[BaseException]], AbstractContextManager[None]]


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Stopping:
    """Makes a context in which training ends with an error instead of its next update."""

    @contextmanager
    def stop(num_updates: int, error: type[BaseException]) -> Iterator[None]:
        update = Learner.update

        def update_or_stop(self: Learner, *arguments: Any) -> Update:
            if self.num_updates == num_updates:
                raise error
            return update(self, *arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Learner, "update", update_or_stop)
            try:
                yield
            except error:
                return
        pytest.fail(f"training went on after {num_updates} updates")

    return stop
