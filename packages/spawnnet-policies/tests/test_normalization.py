from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from spawnnet_policies import NormalizedPolicy, Policy, action_range, create_policy

ACTIONS = torch.cat([torch.linspace(2, 4, 1001).unsqueeze(1), torch.full((1001, 1), 7.0)], dim=1)


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [
        ("min_max", 2.0, 4.0),
        ("quantiles", 2.02, 3.98),
        # The deviation of a uniform distribution of width 2 is 2 / sqrt(12).
        ("mean_std", 3 - 6 / 12**0.5, 3 + 6 / 12**0.5),
    ],
)
def test_the_range_is_that_of_the_data(method: str, low: float, high: float) -> None:
    measured = action_range(ACTIONS, method)  # type: ignore[arg-type]
    torch.testing.assert_close(
        torch.tensor(measured), torch.tensor([[low, 6.0], [high, 8.0]]), atol=2e-3, rtol=0
    )


@pytest.mark.parametrize(
    ("actions", "method", "message"),
    [
        (torch.zeros(0, 2), "min_max", "actions: expected finite"),
        (torch.zeros(2), "min_max", r"actions: .* got \(2,\)"),
        (torch.tensor([[float("nan")]]), "min_max", "actions: expected finite"),
        (ACTIONS, "max", "method: must be .* got 'max'"),
    ],
)
def test_useless_data_is_refused(actions: torch.Tensor, method: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        action_range(actions, method)  # type: ignore[arg-type]


def test_the_loss_is_that_of_the_policy_inside(build: Callable[..., Policy]) -> None:
    inner = build("flow_matching")
    policy = NormalizedPolicy(inner, ([-1.0, 0.0], [1.0, 6.0]))
    batch = torch.randn(4, 6), torch.rand(4, 3, 2), torch.rand(4, 3) < 0.7
    losses = []
    for one in (inner, policy):
        torch.manual_seed(1)
        losses.append(one.loss(*batch))
    torch.testing.assert_close(*losses)


def test_half_precision_rounds_targets_in_the_range_of_the_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    low, high = [0.89, 3.0], [0.91, 3.01]
    inner = create_policy("mlp", feature_dim=6, action_bounds=(low, high), action_horizon=3)
    seen: list[torch.Tensor] = []

    def chunk_loss(features: torch.Tensor, chunk: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen.append(chunk)
        return chunk.sum()

    monkeypatch.setattr(inner, "chunk_loss", chunk_loss)
    policy = NormalizedPolicy(inner, ([-1.0, -4.0], [1.0, 4.0]))
    actions = torch.tensor(low) + torch.rand(4, 3, 2) * torch.tensor([0.02, 0.01])
    policy.loss(torch.zeros(4, 6).bfloat16(), actions, torch.ones(4, 3, dtype=torch.bool))
    assert seen[0].dtype == torch.bfloat16
    torch.testing.assert_close(seen[0].float(), inner.normalize(actions), atol=1e-2, rtol=0)


def test_predictions_may_leave_the_data_but_not_the_robot(build: Callable[..., Policy]) -> None:
    inner = build("mlp")  # low (-0.3, 0.1), high (0.7, 5.0)
    with torch.no_grad():
        inner.trunk[-1].weight.mul_(300)
    policy = NormalizedPolicy(inner, ([-1.0, -2.0], [1.0, 6.0]))
    features = torch.randn(200, 6)
    unclipped = inner.denormalize(inner.sample_chunk(features, None))
    low, high = torch.tensor([-1.0, -2.0]), torch.tensor([1.0, 6.0])
    torch.testing.assert_close(policy.predict(features), unclipped.clamp(low, high))
    assert (policy.predict(features) > inner.action_high).any()


def test_bounds_of_another_robot_are_refused(build: Callable[..., Policy]) -> None:
    with pytest.raises(ValueError, match=r"^action_bounds: .* 2 values in an action, .* for 3"):
        NormalizedPolicy(build("mlp"), ([-1] * 3, [1] * 3))
    with pytest.raises(ValueError, match=r"^demonstrated: .* 2 values .* for 2 and 1"):
        NormalizedPolicy(build("mlp"), ([-1] * 2, [1] * 2), ([-1] * 2, [1]))
