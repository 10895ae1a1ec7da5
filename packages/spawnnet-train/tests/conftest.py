"""Stand-ins for a simulator and a student, small enough to be worked out by hand.

`PointEnvironment` satisfies `rollouts.environment.LabelledEnvironment`: a point is to be moved onto
a target. Everything is visible: one camera shows the point in red and the target in green, the
other one is its mirror image.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from rich.console import Console as RichConsole
from small_runs import (
    ENCODER,
    H,
    S,
    V,
    W,
    cloned,
    cloning_settings,
    dagger,
    demonstrations,
    finished,
    metrics,
    simulation,
    write_config,
)

from spawnnet_encoders import create_encoder
from spawnnet_jobs.terminal.console import Console
from spawnnet_policies import create_policy
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.student import Student

__all__ = [
    "cloned",
    "cloning_settings",
    "dagger",
    "demonstrations",
    "finished",
    "metrics",
    "simulation",
    "write_config",
]

A = 4
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


@pytest.fixture(scope="session")
def quiet() -> Console:
    """A console that nobody reads."""
    return Console(RichConsole(file=io.StringIO(), width=110))
