from __future__ import annotations

import torch

from spawnnet_policies.attention import TransformerSize
from spawnnet_policies.denoiser import Denoiser, sinusoidal_embedding
from spawnnet_policies.policy import PolicySpec


def test_steps_do_not_read_padding() -> None:
    denoiser = Denoiser(TransformerSize(16, 2, 2), PolicySpec(6, ([-1] * 2, [1] * 2), 4))
    features, time = torch.randn(3, 6), torch.rand(3)
    noisy, mask = torch.randn(3, 4, 2), torch.tensor([True, True, True, False]).expand(3, -1)
    changed = noisy.clone()
    changed[:, 3] += 1
    before, after = (denoiser(features, chunk, time, mask)[:, :3] for chunk in (noisy, changed))
    torch.testing.assert_close(before, after)
    assert not torch.allclose(before, denoiser(features, changed, time)[:, :3])


def test_times_have_distinct_embeddings() -> None:
    embedding = sinusoidal_embedding(torch.linspace(0, 1, 101), 32)
    assert embedding.shape == (101, 32)
    distance = torch.cdist(embedding, embedding) + 10 * torch.eye(101)
    assert distance.min() > 0.5
    torch.testing.assert_close(embedding[0], torch.cat([torch.zeros(16), torch.ones(16)]))
