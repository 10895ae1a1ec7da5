"""Every head can learn: 256 chunks, a bounded number of updates."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from spawnnet_policies import create_policy, list_policies, policy_config

UPDATES = 1000
OPTIONS: dict[str, Any] = {"width": 64, "num_layers": 1, "dropout": 0.0}


@pytest.mark.parametrize("name", list_policies())
def test_256_chunks_are_fitted_to_one_percent_of_their_variance(name: str) -> None:
    options = {field.name for field in dataclasses.fields(policy_config(name))}
    policy = create_policy(
        name,
        feature_dim=6,
        action_bounds=([-1, 0], [1, 5]),
        action_horizon=3,
        **{key: OPTIONS[key] for key in OPTIONS.keys() & options},
    )
    features = torch.randn(256, 6)
    phase = features @ torch.randn(6, 2) / 6**0.5
    chunks = torch.sin(phase.unsqueeze(1) + 0.5 * torch.arange(3).unsqueeze(1))  # (256, 3, 2)
    actions, mask = policy.denormalize(chunks), torch.ones(64, 3, dtype=torch.bool)
    optimizer = torch.optim.Adam(policy.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, UPDATES)
    for _ in range(UPDATES):
        rows = torch.randint(256, (64,))
        optimizer.zero_grad()
        policy.loss(features[rows], actions[rows], mask).backward()
        optimizer.step()
        schedule.step()
    error = policy.normalize(policy.eval().predict(features)) - chunks
    assert error.square().mean() < 0.01 * chunks.var()
