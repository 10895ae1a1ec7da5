from __future__ import annotations

from collections.abc import Callable

import torch

from spawnnet_policies import Policy


def test_the_loss_is_the_normal_density(build: Callable[..., Policy]) -> None:
    policy = build("gaussian", min_std=0.2)
    features, chunk, mask = torch.randn(4, 6), torch.rand(4, 3, 2), torch.rand(4, 3) < 0.6
    mean, raw = policy.trunk(features).reshape(4, 2, 3, 2).unbind(1)
    std = torch.log1p(raw.exp()) + 0.2
    error = (policy.normalize(chunk) - mean) / std
    expected = error**2 / 2 + std.log() + 0.5 * torch.log(torch.tensor(2 * torch.pi))
    torch.testing.assert_close(policy.loss(features, chunk, mask), expected[mask].mean())


def test_evaluation_noise_is_low_unless_asked_for(build: Callable[..., Policy]) -> None:
    features = torch.randn(1, 6).expand(2000, -1)
    for std, low, high in ((1e-3, 0.9e-3, 1.1e-3), (None, 0.5, 1.0)):
        policy = build("gaussian", evaluation_std=std)
        spread = policy.sample_chunk(features, torch.Generator().manual_seed(0)).std(dim=0)
        assert ((spread > low) & (spread < high)).all()
