from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from spawnnet_policies import Policy, TemporalEnsemble


def published_average(policy: Policy, history: list[Tensor], decay: float) -> Tensor:
    """Return the action of one environment, written as in the paper's algorithm 2."""
    chunks = [policy.predict(features.unsqueeze(0))[0] for features in history]
    now = len(history) - 1
    first = max(0, now - policy.action_horizon + 1)
    predictions = [chunks[made][now - made] for made in range(first, now + 1)]  # oldest first
    weights = [math.exp(-decay * i) for i in range(len(predictions))]
    total = sum(w * a for w, a in zip(weights, predictions, strict=True))
    return total / sum(weights)


@pytest.mark.parametrize("decay", [0.01, 0.7, -0.3])
def test_the_average_is_the_published_one_across_partial_resets(
    build: Callable[..., Policy], decay: float
) -> None:
    policy = build("mlp")
    ensemble = TemporalEnsemble(policy, 2, decay=decay)
    histories: list[list[Tensor]] = [[], []]
    for step in range(9):
        if step in (4, 5):
            ensemble.reset([step == 5, step == 4])
            histories[5 - step] = []  # step 4 resets environment 1, step 5 environment 0
        features = 30 * torch.randn(2, 6)
        for history, row in zip(histories, features, strict=True):
            history.append(row)
        expected = [published_average(policy, history, decay) for history in histories]
        torch.testing.assert_close(ensemble.act(features), torch.stack(expected))


def test_a_full_reset_forgets_everything(build: Callable[..., Policy]) -> None:
    policy, features = build("mlp"), torch.randn(2, 6)
    ensemble = TemporalEnsemble(policy, 2)
    ensemble.act(torch.randn(2, 6))
    ensemble.reset()
    torch.testing.assert_close(ensemble.act(features), policy.predict(features)[:, 0])


def test_a_reset_forgets_what_was_no_number(build: Callable[..., Policy]) -> None:
    policy, features = build("mlp"), torch.randn(2, 6)
    ensemble = TemporalEnsemble(policy, 2)
    with torch.inference_mode():
        assert ensemble.act(torch.full((2, 6), torch.nan)).isnan().all()
    ensemble.reset([True, False])
    found = ensemble.act(features)
    torch.testing.assert_close(found[0], policy.predict(features)[0, 0])
    assert found[1].isnan().all()


def test_every_step_needs_features(build: Callable[..., Policy]) -> None:
    ensemble = TemporalEnsemble(build("mlp"), 2)
    ensemble.act(torch.randn(2, 6))
    assert ensemble.needs_features.all()
    with pytest.raises(ValueError, match=r"^features: needed in this step"):
        ensemble.act(None)
