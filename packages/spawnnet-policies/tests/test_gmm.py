from __future__ import annotations

from collections.abc import Callable

import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from spawnnet_policies import Policy


def test_the_loss_is_the_density_of_the_mixture(build: Callable[..., Policy]) -> None:
    policy = build("gmm", num_modes=4, min_std=0.2)
    features, chunk = torch.randn(5, 6), torch.rand(5, 3, 2)
    logits, raw = policy.trunk(features).split([4, 48], dim=-1)
    mean, raw_std = raw.reshape(5, 2, 4, 3, 2).unbind(1)
    components = Independent(Normal(mean, torch.log1p(raw_std.exp()) + 0.2), 2)
    mixture = MixtureSameFamily(Categorical(logits=logits), components)
    expected = -mixture.log_prob(policy.normalize(chunk)).sum() / (5 * 3 * 2)
    loss = policy.loss(features, chunk, torch.ones(5, 3, dtype=torch.bool))
    torch.testing.assert_close(loss, expected)


def test_a_padded_chunk_has_the_density_of_its_real_steps(build: Callable[..., Policy]) -> None:
    policy = build("gmm", num_modes=4)
    features, chunk = torch.randn(1, 6), torch.rand(1, 3, 2)
    logits, raw = policy.trunk(features).split([4, 48], dim=-1)
    mean, raw_std = raw.reshape(1, 2, 4, 3, 2)[..., :2, :].unbind(1)
    components = Independent(Normal(mean, torch.log1p(raw_std.exp()) + 0.1), 2)
    mixture = MixtureSameFamily(Categorical(logits=logits), components)
    expected = -mixture.log_prob(policy.normalize(chunk)[:, :2]).sum() / (2 * 2)
    loss = policy.loss(features, chunk, torch.tensor([[True, True, False]]))
    torch.testing.assert_close(loss, expected)


def test_modes_are_drawn_by_their_probability(build: Callable[..., Policy]) -> None:
    policy = build("gmm", num_modes=3)
    features = torch.randn(1, 6)
    logits, raw = policy.trunk(features).split([3, 36], dim=-1)
    means = raw.reshape(2, 3, 3, 2)[0]
    chunks = policy.sample_chunk(features.expand(4000, -1), torch.Generator().manual_seed(0))
    distance = (chunks.unsqueeze(1) - means).abs().amax(dim=(2, 3))  # to each mode
    assert (distance.amin(dim=1) < 1e-3).all()  # every sample is one whole mode
    shares = distance.argmin(dim=1).bincount(minlength=3) / 4000
    torch.testing.assert_close(shares, logits.softmax(-1)[0].detach(), rtol=0, atol=0.03)


def test_the_most_likely_mode_is_taken_if_asked_for(build: Callable[..., Policy]) -> None:
    policy = build("gmm", num_modes=4, evaluation_mode="most_likely")
    features = torch.randn(9, 6)
    logits, raw = policy.trunk(features).split([4, 48], dim=-1)
    means = raw.reshape(9, 2, 4, 3, 2)[:, 0]
    expected = means[torch.arange(9), logits.argmax(-1)]
    assert len(logits.argmax(-1).unique()) > 1
    torch.testing.assert_close(policy.sample_chunk(features, None), expected, rtol=0, atol=1e-3)
