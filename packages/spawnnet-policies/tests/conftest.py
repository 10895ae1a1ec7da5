"""What the tests of policies share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from spawnnet_policies import NormalizedPolicy, Policy, create_policy, policy_config

# These tensors are small: more threads only wait for each other, for minutes on a busy machine.
torch.set_num_threads(1)

LOW, HIGH = (-0.3, 0.1), (0.7, 5.0)
SMALL: dict[str, Any] = {
    "width": 16,
    "num_heads": 2,
    "num_layers": 1,
    "dropout": 0.0,
    "num_frames": 2,
    "num_inference_steps": 3,
}


@pytest.fixture(autouse=True)
def seed() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def build() -> Callable[..., Policy]:
    """Return a function that builds a small policy: D=6, T=3, A=2, evaluation mode."""

    def build_small(name: str, **config: Any) -> Policy:
        if name.startswith("normalized "):
            inner = build_small(name.removeprefix("normalized "), **config)
            return NormalizedPolicy(inner, ([-1.0, 0.0], [1.0, 6.0])).eval()
        options = {field.name for field in dataclasses.fields(policy_config(name))}
        config = {key: SMALL[key] for key in SMALL.keys() & options} | config
        policy = create_policy(
            name, feature_dim=6, action_bounds=(LOW, HIGH), action_horizon=3, **config
        )
        return policy.eval()

    return build_small
