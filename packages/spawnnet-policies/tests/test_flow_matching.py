from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from spawnnet_policies import Policy


@pytest.mark.parametrize("num_inference_steps", [1, 4])
def test_a_perfect_velocity_carries_noise_to_the_chunk(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch, num_inference_steps: int
) -> None:
    policy = build("flow_matching", num_inference_steps=num_inference_steps)
    chunk = torch.rand(4, 3, 2) * 2 - 1

    def perfect(features, noisy, time):  # type: ignore[no-untyped-def]
        return (chunk - noisy) / (1 - time)[:, None, None]

    monkeypatch.setattr(policy.denoiser, "forward", perfect)
    torch.testing.assert_close(policy.sample_chunk(torch.zeros(4, 6), None), chunk)


def test_the_loss_compares_with_the_straight_line(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = build("flow_matching")
    chunk = policy.denormalize(torch.rand(4, 3, 2) * 2 - 1)

    def perfect(features, between, time, mask):  # type: ignore[no-untyped-def]
        return (policy.normalize(chunk) - between) / (1 - time)[:, None, None]

    monkeypatch.setattr(policy.denoiser, "forward", perfect)
    loss = policy.loss(torch.zeros(4, 6), chunk, torch.ones(4, 3, dtype=torch.bool))
    torch.testing.assert_close(loss, torch.tensor(0.0), atol=1e-8, rtol=0)
