"""The page on adding a head works as it stands, and is short."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from spawnnet_policies import Policy, create_policy, list_policies, registry

PAGE = Path(__file__).parent.parent / "docs" / "adding_a_head.md"


def page_code() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    return str(code)


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Policy]:
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))  # forgotten afterwards
    (tmp_path / "bins_from_the_page.py").write_text(page_code(), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("bins_from_the_page")
    assert "bins" in list_policies()
    bounds = ([-2.0, 0.0], [2.0, 6.0])
    yield create_policy("bins", feature_dim=4, action_bounds=bounds, action_horizon=3, num_bins=5)
    del sys.modules["bins_from_the_page"]


def test_the_head_is_under_60_lines() -> None:
    assert len(page_code().splitlines()) < 60


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
