"""A policy that is easy to check, and a server of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spawnnet_serve import PolicyServer

METADATA = {"views": ["front"], "action_names": ["x", "y"], "rate": 5.0}


class CountingPolicy:
    """Gives a chunk of the mean of the image, and the number of steps in its episode so far."""

    def reset(self) -> None:
        self.steps = 0

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        if "rgb" not in observation:
            raise ValueError(f"rgb: is missing, got {sorted(observation)}.")
        if observation.get("task") == "fail":
            raise RuntimeError("a secret of the server")
        self.steps += 1
        mean = float(np.mean(observation["rgb"]["front"]))
        return np.array([[mean, self.steps], [mean, self.steps + 0.5], [mean, 0]], np.float32)


@pytest.fixture
def metadata() -> dict[str, Any]:
    """What the server says first."""
    return METADATA


@pytest.fixture
def counting_policy() -> type[CountingPolicy]:
    """The class of the policy."""
    return CountingPolicy


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Starts a server on a free port, which it returns."""
    running = []

    def start(**options: Any) -> int:
        server = PolicyServer(CountingPolicy, metadata=METADATA, port=0, **options)
        running.append(server.running())
        return running[-1].__enter__()

    yield start
    for one in running:
        one.__exit__(None, None, None)


@pytest.fixture
def observe() -> Callable[[int], dict[str, Any]]:
    """Makes an observation whose image is of one value."""

    def make(value: int) -> dict[str, Any]:
        return {"rgb": {"front": np.full((5, 7, 3), value, np.uint8)}, "step": np.int64(value)}

    return make
