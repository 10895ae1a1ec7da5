"""The page on adding a head works as it stands, and is short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from spawnnet_policies import Policy, create_policy, list_policies, registry

PAGE = Path(__file__).parent.parent / "docs" / "adding_a_head.md"


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> Policy:
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))  # forgotten afterwards
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    exec(compile(code, str(PAGE), "exec"), {"__name__": "bins"})  # noqa: S102
    assert "bins" in list_policies()
    bounds = ([-2.0, 0.0], [2.0, 6.0])
    return create_policy("bins", feature_dim=4, action_bounds=bounds, action_horizon=3, num_bins=5)


def test_the_head_is_under_60_lines() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(code.splitlines()) < 60


def test_the_head_learns(policy: Policy) -> None:
    features, actions = torch.eye(4), torch.randint(5, (4, 3, 2)) / 2 - 1  # centres of bins
    chunk, mask = policy.denormalize(actions), torch.ones(4, 3, dtype=torch.bool)
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.3)
    for _ in range(60):
        optimizer.zero_grad()
        policy.loss(features, chunk, mask).backward()
        optimizer.step()
    torch.testing.assert_close(policy.predict(features), chunk)


def test_the_head_keeps_the_contract(policy: Policy) -> None:
    features, chunk = torch.randn(5, 4), 2 * torch.rand(5, 3, 2)
    mask = torch.rand(5, 3) < 0.6
    poisoned = torch.where(mask.unsqueeze(-1), chunk, torch.tensor(float("nan")))
    assert torch.equal(policy.loss(features, chunk, mask), policy.loss(features, poisoned, mask))
    first, second = (policy.predict(features, torch.Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(first, second)
    assert ((first >= policy.action_low) & (first <= policy.action_high)).all()
