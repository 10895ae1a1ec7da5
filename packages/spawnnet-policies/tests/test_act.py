from __future__ import annotations

from collections.abc import Callable

import torch

from spawnnet_policies import Policy


def test_the_loss_is_the_absolute_error_plus_the_weighted_divergence(
    build: Callable[..., Policy],
) -> None:
    batch = torch.randn(4, 6), torch.rand(4, 3, 2), torch.ones(4, 3, dtype=torch.bool)
    losses = []
    for weight in (0.0, 1.0, 10.0):
        torch.manual_seed(0)
        policy = build("act", kl_weight=weight)
        torch.manual_seed(1)
        losses.append(policy.loss(*batch))
    reconstruction, light, heavy = losses
    divergence = light - reconstruction
    torch.testing.assert_close(heavy, reconstruction + 10 * divergence)
    mean, log_variance = policy._encode(batch[0], policy.normalize(batch[1]), batch[2])
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(divergence, expected.sum(-1).mean())


def test_the_latent_carries_the_chunk_in_training_only(build: Callable[..., Policy]) -> None:
    policy = build("act")
    features, mask = torch.randn(1, 6), torch.ones(1, 3, dtype=torch.bool)
    means = [policy._encode(features, chunk, mask)[0] for chunk in torch.randn(2, 1, 3, 2)]
    assert not torch.allclose(*means)
    assert torch.equal(policy.predict(features), policy.predict(features))
